import { readFileSync, writeFileSync } from 'node:fs';
import { complete, type Lockfile } from './complete.ts';

const text = readFileSync('package-lock.json', 'utf8');
const completed = `${JSON.stringify(complete(JSON.parse(text) as Lockfile), null, 2)}\n`;
if (completed !== text) writeFileSync('package-lock.json', completed);
process.stderr.write(
  completed === text ? 'package-lock.json is complete\n' : 'package-lock.json completed\n',
);
