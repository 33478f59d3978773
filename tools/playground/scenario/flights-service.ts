import type { ImageRecipe } from '#tools/image/build-image.ts';
import { executableEntries } from '#tools/image/executable-entries.ts';

/** A fixture in place of liqo/flights-service, which cannot be had without the internet: answers /schedule. */
export const flightsImage = 'interspan.dev/playground/flights-service:1';

export const flightsPort = 7999;

const schedule = [
  { flight: 'IS 101', from: 'London', to: 'New York', departs: '09:40' },
  { flight: 'IS 204', from: 'New York', to: 'London', departs: '21:15' },
];

/** busybox serves the file; curl is the consumer's client (a static busybox cannot resolve names). */
export function flightsRecipe(busybox: string): ImageRecipe {
  return {
    reference: flightsImage,
    entries: [
      { from: busybox, to: '/busybox', mode: 0o755 },
      ...executableEntries('/usr/bin/curl', '/usr/bin/curl'),
      { to: '/www/schedule', content: `${JSON.stringify(schedule)}\n` },
    ],
    entrypoint: ['/busybox', 'httpd', '-f', '-p', `${flightsPort}`, '-h', '/www'],
  };
}

/** The tutorial's app.yaml. */
export function flightsService(namespace: string): readonly object[] {
  const labels = { run: 'flights-service' };
  const metadata = { name: 'flights-service', namespace, labels };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [{ image: flightsImage, name: 'flights-service', imagePullPolicy: 'IfNotPresent' }],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ports: [{ port: flightsPort, targetPort: flightsPort }], selector: labels },
    },
  ];
}

/** A pod that asks for the schedule by the Service's name, again and again. */
export function consumerPod(namespace: string): object {
  const url = `http://flights-service.${namespace}:${flightsPort}/schedule`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'consumer', namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'consumer',
          image: flightsImage,
          imagePullPolicy: 'IfNotPresent',
          command: ['/busybox', 'sh', '-c'],
          args: [`while true; do /usr/bin/curl -s -m 2 ${url}; /busybox sleep 0.5; done`],
        },
      ],
    },
  };
}
