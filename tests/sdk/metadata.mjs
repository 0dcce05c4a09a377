// node metadata.mjs FOLDER: what @imagekit/nodejs gets of the metadata API. On standard input {server, key, urls}; one line
// {sdk, url, told} or {sdk, url, status, message} for each URL. FOLDER holds its node_modules.

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { readFileSync } from 'node:fs';

const require = createRequire(join(resolve(process.argv[2]), 'package.json'));
const { default: ImageKit } = require('@imagekit/nodejs');

const { server, key, urls } = JSON.parse(readFileSync(0, 'utf8'));
const client = new ImageKit({ privateKey: key, baseURL: server, maxRetries: 0 });
for (const url of urls) {
  const sdk = '@imagekit/nodejs';
  try {
    const told = await client.files.metadata.getFromURL({ url });
    console.log(JSON.stringify({ sdk, url, told }));
  } catch (error) {
    console.log(JSON.stringify({ sdk, url, status: error.status, message: error.error?.message }));
  }
}
