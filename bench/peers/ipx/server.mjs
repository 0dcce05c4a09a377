// ipx on a folder, without a cache in front. PORT and DIR come from the environment; FAST=1 writes AVIF at the speed that
// libaom has in imgplane (8) and WebP with method 2, which ipx has no words for in URLs.
import { createServer } from "node:http";
import { createIPX, createIPXNodeServer, ipxFSStorage } from "ipx";

const sharpOptions = process.env.FAST ? { heifEffort: 1, webpEffort: 2 } : undefined;
const ipx = createIPX({ storage: ipxFSStorage({ dir: process.env.DIR }), maxAge: 60, sharpOptions });
createServer(createIPXNodeServer(ipx)).listen(Number(process.env.PORT), "127.0.0.1");
