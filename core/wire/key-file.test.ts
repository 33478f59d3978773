import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from './arbitrary.fixture.ts';
import { parseKeyFile } from './key-file.ts';
import { nameToText } from './name-text.ts';

const secret = 'bVJTazVZUzVuQkZoMEZNTUhIdmY=';

function keys(text: string) {
  const result = parseKeyFile(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.value.map((key) => [
    nameToText(key.name),
    key.algorithm,
    key.secret.export().toString('base64'),
  ]);
}

describe('parseKeyFile', () => {
  it('reads what tsig-keygen writes', () => {
    expect(keys(`key "Cluster-EU" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`)).toEqual([
      ['cluster-eu', 'hmac-sha256', secret],
    ]);
  });

  it('reads several keys in their order, any comment, unquoted values, any order and spacing', () => {
    const text = `
      // C++ "style {
      # shell style };
      /* C style
         key "no" { */
      key eu.example.com. {secret ${secret};algorithm "HMAC-SHA512.";};
      key/**/"us"{ algorithm hmac-sha1; # old peer
        secret "bVJT azVZ
"; };`.replace('azVZ\n', 'azVZ');
    expect(keys(text)).toEqual([
      ['eu.example.com', 'hmac-sha512', secret],
      ['us', 'hmac-sha1', 'bVJTazVZ'],
    ]);
  });

  it.each([
    ['', 1, 'no key'],
    ['# only a comment\n', 1, 'no key'],
    ['options { };', 1, 'may stand here'],
    [`hmac-sha256:eu:${secret}`, 1, 'may stand here'],
    [secret, 1, 'may stand here'],
    [`\nkey { secret "${secret}"; };`, 2, 'name of the key is missing'],
    [`key "a..b" { secret "${secret}"; };`, 1, 'name of the key is missing'],
    ['key "eu"\nalgorithm', 2, '`{` is missing'],
    [`key "eu" {\n secret "${secret}";\n};`, 3, '"eu" lacks'],
    ['key "eu" {\n algorithm hmac-sha256;\n};', 3, '"eu" lacks'],
    [`key "eu" {\n algorithm hmac-md5;\n secret "${secret}";\n};`, 2, 'none of hmac-sha256'],
    [`key "eu" {\n algorithm ${secret};\n secret "${secret}";\n};`, 2, 'none of hmac-sha256'],
    [`key "eu" {\n algorithm hmac-sha256;\n\n secret "${secret}!";\n};`, 4, 'not base64'],
    ['key "eu" { algorithm hmac-sha256; secret ""; };', 1, 'not base64'],
    [`key "eu" { algorithm hmac-sha256;\n secret "${secret}" };`, 2, '`;` is missing'],
    [`key "eu" { algorithm hmac-sha256;\n secret "${secret}"; }`, 2, '`;` is missing after'],
    [`key "eu" { algorithm hmac-sha256; secret "${secret}"`, 1, '`;` is missing'],
    ['key "eu" { algorithm hmac-sha256; secret ;};', 1, 'a value is missing'],
    [`key "eu" { secret "${secret}"; \nsecret "${secret}"; };`, 2, 'given twice'],
    [`key "eu" { algorithm hmac-sha256; \n${secret}; };`, 2, 'is expected here'],
    [`key "eu" { algorithm hmac-sha256;\nsecret "${secret};\n};`, 2, 'does not end'],
    ['key "eu" {\n/* ...', 2, 'does not end'],
  ])('refuses %j in line %i', (text, line, reason) => {
    const result = parseKeyFile(text);
    expect(result).toMatchObject({ ok: false, error: { code: 'key-file' } });
    const message = result.ok ? '' : result.error.message;
    expect(message).toContain(`in line ${line}: `);
    expect(message).toContain(reason);
    expect(JSON.stringify(result)).not.toContain(secret.slice(0, 8));
  });

  it('refuses one name twice', () => {
    const key = `key "eu" { algorithm hmac-sha256; secret "${secret}"; };`;
    expect(parseKeyFile(`${key}\n${key.replace('eu', 'EU')}`)).toMatchObject({
      ok: false,
      error: { message: 'The key file is wrong in line 2: the key "eu" stands there twice.' },
    });
  });

  it('shows no secret when a key is logged', () => {
    const result = parseKeyFile(`key "eu" { algorithm hmac-sha256; secret "${secret}"; };`);
    expect(JSON.stringify(result)).not.toContain('bVJT');
  });

  it('never throws, and never shows a secret, whatever is cut out or put in', () => {
    const whole = `key "eu" { algorithm hmac-sha256; secret "${secret}"; }; /* c */ key us { };`;
    const junk = fc.constantFrom('"', '{', '}', ';', '/*', '//', '#', '\n', 'key', '\\', '\0', '');
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(12), junk, (at, cut, put) => {
        const result = parseKeyFile(whole.slice(0, at) + put + whole.slice(at + cut));
        expect(JSON.stringify(result)).not.toMatch(/bVJT|dmY=/);
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});
