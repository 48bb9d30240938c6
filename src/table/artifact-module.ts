/** The artifact as the text of a module: a string to be parsed, which engines load faster than a literal. */
import type { Artifact } from './format.js';

const format = '../format.js';

export function artifactModule(artifact: Artifact): string {
  const text = JSON.stringify(artifact).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return `/** Generated from the chart by \`npm run draw\`; a test compares. */
import type { Artifact } from '${format}';

export const presenceArtifact = JSON.parse('${text}') as Artifact;
`;
}
