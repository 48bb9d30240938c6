/**
 * The files of the inspector's page, by the path under which they are served. The build puts them in place of this file's own code, as texts, since
 * neither module kind can find a file beside it in the same words; run from its sources, the package bundles the page when it is asked for.
 */
import type { InspectorPage } from './server.js';

const bundler = '../../.ci/page.mjs';

/** The page, ready to be served. @throws rejects when run from sources without their development dependencies */
export async function pageFiles(): Promise<Readonly<Record<string, InspectorPage>>> {
  const { bundlePage } = (await import(bundler)) as { bundlePage(): Promise<Readonly<Record<string, InspectorPage>>> };
  return bundlePage();
}
