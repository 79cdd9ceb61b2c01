import { nodeArguments } from '../api/node-arguments.js';
import { shellQuote } from '../scenario/shell-quote.js';

/** A small program in one language: right, and wrong as soon as one line is taken out. */
export interface FirstProgram {
  file: string;
  text: string;
  /** The command that runs it, given its folder; `$SCENARIO` is that folder when the scenario runs. */
  run(folder: string): string;
}

const python = `"""Saves a file in a way that survives a power cut, and says so when it is safe."""
import os


def save(path, text):
    temporary = path + ".tmp"
    with open(temporary, "w") as file:
        file.write(text)
        file.flush()  # from Python to the kernel
        os.fsync(file.fileno())  # from the kernel to the disk: take this line out and run plugpull again
    os.rename(temporary, path)  # old or new, never half of it
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    os.fsync(folder)  # the name, too
    os.close(folder)


for version in range(1, 4):
    save("notes.txt", f"version {version}\\n")
    print(f"saved version {version}", flush=True)
`;

const typescript = `/** Saves a file in a way that survives a power cut, and says so when it is safe. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

async function save(path: string, text: string): Promise<void> {
  const file = await open(\`\${path}.tmp\`, 'w');
  await file.writeFile(text);
  await file.sync(); // from the kernel to the disk: take this line out and run plugpull again
  await file.close();
  await rename(\`\${path}.tmp\`, path); // old or new, never half of it
  const folder = await open(dirname(path));
  await folder.sync(); // the name, too
  await folder.close();
}

for (const version of [1, 2, 3]) {
  await save('notes.txt', \`version \${version}\\n\`);
  console.log(\`saved version \${version}\`);
}
`;

const shell = `# Saves a file in a way that survives a power cut, and says so when it is safe.
save() {
  cat >"$1.tmp"
  sync "$1.tmp" # from the kernel to the disk: take this line out and run plugpull again
  mv "$1.tmp" "$1" # old or new, never half of it
  sync "$(dirname "$1")" # the name, too
}

for version in 1 2 3; do
  echo "version $version" | save notes.txt
  echo "saved version $version"
done
`;

export const firstPrograms = {
  python: { file: 'save_notes.py', text: python, run: () => 'python3 "$SCENARIO/save_notes.py"' },
  ts: {
    file: 'save-notes.mts',
    text: typescript,
    run: (folder: string) =>
      [
        'node',
        ...nodeArguments(`${folder}/save-notes.mts`).map(shellQuote),
        '"$SCENARIO/save-notes.mts"',
      ].join(' '),
  },
  sh: { file: 'save-notes.sh', text: shell, run: () => 'sh "$SCENARIO/save-notes.sh"' },
} as const satisfies Record<string, FirstProgram>;

export type Language = keyof typeof firstPrograms;
export const languages = Object.keys(firstPrograms) as Language[];
