import { describe, expect, test } from 'vitest';
import { parseAnswer } from './live-answer.ts';
import { renderAnswers } from './live-requests.ts';
import { planWorld } from './plan.ts';

describe('parseAnswer', () => {
  test.each([
    [
      '{\n  "hostname": "podinfo-7-x",\n  "version": "6.9.2"\n}\n172.19.0.4 200',
      '172.19.0.4',
      200,
      'podinfo-7-x',
    ],
    ['<html>503</html>\n\n172.19.0.5 503', '172.19.0.5', 503, undefined],
    ['\n 000', '', 0, undefined],
  ])('%j', (stdout, address, status, pod) => {
    expect(parseAnswer(stdout)).toEqual({ address, status, pod });
  });
});

test('renderAnswers names the node of each address', () => {
  const answers = [
    { address: '172.19.0.4', status: 200, pod: 'podinfo-7-x' },
    { address: '192.0.2.1', status: 503, pod: undefined },
  ];
  expect(renderAnswers(planWorld('default', 0), answers)).toBe(`   NODE       ADDRESS     POD
1  gslb-eu-2  172.19.0.4  podinfo-7-x
2  ?          192.0.2.1   HTTP 503
`);
});
