// node urls.mjs FOLDER: what the SDKs of npm make of the cases on standard input, a JSON list of
//
//   {name, endpoint, key, src, transformation, position, query, expiresIn, signed, without}
//
// as one line {sdk, case, url} for each case and SDK. FOLDER holds their node_modules. `transformation` is the SDKs' own
// list of objects; `without` names the SDKs that are left out of a case, each with the reason.

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { readFileSync } from 'node:fs';

const require = createRequire(join(resolve(process.argv[2]), 'package.json'));
const { default: Nodejs } = require('@imagekit/nodejs');
const Imagekit = require('imagekit');
const { buildSrc } = require('@imagekit/javascript');

const isAbsolute = (src) => /^https?:\/\//.test(src);

// The options of the newest SDKs of npm, which are the same. They write into what they are given.
const options = ({ endpoint, src, transformation, position, query, expiresIn, signed }) =>
  structuredClone({
    urlEndpoint: endpoint,
    src,
    transformation,
    transformationPosition: position,
    queryParameters: query,
    ...(signed ? { signed, expiresIn } : {}),
  });

const sdks = {
  '@imagekit/nodejs': (it) => new Nodejs({ privateKey: it.key }).helper.buildSrc(options(it)),
  // For browsers, where no key may be: it signs nothing.
  '@imagekit/javascript': (it) => (it.signed ? undefined : buildSrc(options(it))),
  imagekit: (it) =>
    new Imagekit({ publicKey: 'public_of_nobody', privateKey: it.key, urlEndpoint: it.endpoint }).url({
      // It joins endpoint and path as they are, and its documentation writes paths with a leading slash.
      ...(isAbsolute(it.src) ? { src: it.src } : { path: `/${it.src}` }),
      transformation: structuredClone(it.transformation),
      transformationPosition: it.position,
      queryParameters: it.query,
      ...(it.signed ? { signed: true, expireSeconds: it.expiresIn } : {}),
    }),
};

for (const it of JSON.parse(readFileSync(0, 'utf8'))) {
  for (const [sdk, url] of Object.entries(sdks)) {
    const made = it.without?.[sdk] ? undefined : url(it);
    if (made !== undefined) console.log(JSON.stringify({ sdk, case: it.name, url: made }));
  }
}
