import { expect, test } from 'vitest';
import { settings } from './settings.ts';

const none = {
  'cluster-id': undefined,
  'cluster-labels': undefined,
  'api-server-url': undefined,
  'gateway-addresses': undefined,
};
const installed = {
  clusterID: 'eu',
  clusterLabels: 'a=b',
  apiServerURL: 'https://eu.example.com',
  gatewayAddresses: '10.0.0.1:5871',
};

test('what is not given stays; the first time the id comes from the kubeconfig', () => {
  expect(settings(none, installed, 'whatever')).toEqual(installed);
  expect(settings(none, undefined, 'kind-EU')).toEqual({
    clusterID: 'kind-eu',
    clusterLabels: '',
    apiServerURL: '',
    gatewayAddresses: '',
  });
});

test('what is given goes before what is installed, an empty text takes it away', () => {
  expect(
    settings(
      {
        'cluster-id': 'us',
        'cluster-labels': 'x/y=z, tier=gold',
        'api-server-url': 'https://us.example.com/',
        'gateway-addresses': '',
      },
      installed,
      'whatever',
    ),
  ).toEqual({
    clusterID: 'us',
    clusterLabels: 'x/y=z,tier=gold',
    apiServerURL: 'https://us.example.com',
    gatewayAddresses: '',
  });
});

test('a cluster without a name that could be an id needs one', () => {
  expect(() => settings(none, undefined, '//')).toThrow('no id can be made of');
});
