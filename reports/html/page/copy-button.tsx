import { useState } from 'preact/hooks';

/** Puts a text on the clipboard; not there where the page may not (no secure origin). */
export function CopyButton({ text, name = 'copy' }: { text: string; name?: string }) {
  const [copied, setCopied] = useState<string | null>(null);
  if (!navigator.clipboard) return null;
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => setCopied(text));
  };
  return (
    <button type="button" class="link" onClick={copy}>
      {copied === text ? 'copied' : name}
    </button>
  );
}
