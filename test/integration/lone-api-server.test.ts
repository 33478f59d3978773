import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient } from '#tools/playground/cluster/api-client.ts';
import { type LoneApiServer, startLoneApiServer } from '#tools/playground/cluster/lone-api-server.ts';
import { findBinaries } from '#tools/playground/world/binaries.ts';

describe('a lone API server', () => {
  let directory: string;
  let server: LoneApiServer;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'interspan-lone-'));
    server = await startLoneApiServer(directory, await findBinaries(process.env));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  test('keeps its objects and its port over a stop and a start', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kept' } };
    {
      using client = new ApiClient(server.access);
      const created = await client.send('POST', '/api/v1/namespaces', {
        type: 'application/json',
        value: namespace,
      });
      expect(created.status).toBe(201);
    }
    await server.stop();
    {
      using client = new ApiClient(server.access);
      await expect(client.send('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
    }
    await server.start();
    using client = new ApiClient(server.access);
    expect((await client.send('GET', '/api/v1/namespaces/kept')).status).toBe(200);
  });

  test('refuses who has no certificate of its authority', async () => {
    using client = new ApiClient(server.access);
    const anonymous = await fetchWithoutCertificate(server.access.server);
    expect(anonymous).toBe(403);
    expect((await client.send('GET', '/api/v1/secrets')).status).toBe(200);
  });
});

async function fetchWithoutCertificate(server: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request(`${server}/api/v1/secrets`, { rejectUnauthorized: false }, (response) => {
    response.resume();
    resolve(response.statusCode);
  })
    .on('error', reject)
    .end();
  return promise;
}
