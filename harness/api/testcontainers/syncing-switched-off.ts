/**
 * Settings that images and modules for tests like to bring, because a database that never syncs starts and runs faster: what
 * it loses in a power cut then is the setting's doing.
 */
const settings: readonly [pattern: RegExp, words: string][] = [
  [
    /\bfsync\s*=\s*(off|false|0|no)\b/i,
    'PostgreSQL never syncs: what it lost may be this setting\'s doing (withCommand(["postgres"]))',
  ],
  [/\bsynchronous_commit\s*=\s*(off|false|0|no)\b/i, 'PostgreSQL answers before it syncs'],
  [
    /\binnodb[-_]flush[-_]log[-_]at[-_]trx[-_]commit\s*=\s*[02]\b/i,
    'MySQL and MariaDB answer before they sync',
  ],
  [/\bsync[-_]binlog\s*=\s*0\b/i, 'the binary log is never synced'],
  [/--nosync\b|--nojournal\b/, 'the server never syncs, or keeps no journal'],
  [/--unsafe-no-fsync\b/, 'etcd never syncs'],
  [/--appendfsync["',\s]+(no|everysec)\b/i, 'Redis answers before it syncs'],
  [/eatmydata/, 'libeatmydata makes every sync of the container do nothing'],
];

/**
 * @param words command and variables of a container
 * @returns a sentence for each setting that is found, with the word it stands in
 */
export function syncingSwitchedOff(words: readonly string[]): string[] {
  // An option and its value may be two words.
  const pairs = words.flatMap((word, i) => (word.startsWith('-') ? [`${word} ${words[i + 1] ?? ''}`] : []));
  const texts = [...words, ...pairs];
  return settings.flatMap(([pattern, meaning]) => {
    const found = texts.find((text) => pattern.test(text));
    return found === undefined ? [] : [`${found.trim()}: ${meaning}`];
  });
}
