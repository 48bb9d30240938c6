// Puts the files that README.md shows into it: each block under a `<!-- file: PATH -->` line.
import { readFileSync, writeFileSync } from 'node:fs';

const readme = readFileSync('README.md', 'utf8');
const filled = readme.replace(/(<!-- file: (\S+) -->\n+)```(\w+)\n[\s\S]*?```/g, (_, mark, path, language) => {
  return `${mark}\`\`\`${language}\n${readFileSync(path, 'utf8').trimEnd()}\n\`\`\``;
});
writeFileSync('README.md', filled);
