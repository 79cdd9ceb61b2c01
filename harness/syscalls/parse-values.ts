import { ownText } from './own-text.js';
import type { DescribedFile, Value } from './value.js';

/** Text that is not in the form strace prints. The line it stands in is reported, never skipped. */
export class SyntaxFault extends Error {}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads values from one call's text. Works on strings of one character a byte; a quoted string without escapes, the
 * usual case for payloads in ASCII, is copied in one piece.
 */
export class ValueReader {
  position: number;
  private depth = 0;

  constructor(
    private readonly text: string,
    position = 0,
  ) {
    this.position = position;
  }

  /** Reads `a, b, c)` and stops behind the closing parenthesis. */
  readArguments(): Value[] {
    return this.readSequence(')').items;
  }

  private readSequence(close: string): { items: Value[]; truncated: boolean } {
    if (++this.depth > 64) throw new SyntaxFault('nested too deep');
    const items: Value[] = [];
    let truncated = false;
    this.skipSpace();
    while (this.text[this.position] !== close) {
      if (this.position >= this.text.length) throw new SyntaxFault(`'${close}' is missing`);
      if (this.text.startsWith('...', this.position)) {
        truncated = true;
        this.position += 3;
      } else {
        items.push(this.readValue());
      }
      this.skipSpace();
      // `[0] => [9]`: before and after the call. What it was asked is the argument.
      while (this.text.startsWith('=>', this.position)) {
        this.position += 2;
        this.skipSpace();
        this.readValue();
        this.skipSpace();
      }
      const next = this.text[this.position];
      if (next === ',') {
        this.position++;
        this.skipSpace();
      } else if (next !== close) {
        // Sets such as `[INT TERM]` put values side by side.
        if (close !== ']' || next === undefined) throw new SyntaxFault(`expected ',' or '${close}'`);
      }
    }
    this.position++;
    this.depth--;
    return { items, truncated };
  }

  private readValue(): Value {
    const character = this.text[this.position];
    if (character === '"' || (character === '@' && this.text[this.position + 1] === '"'))
      return this.readString();
    if (character === '[') {
      this.position++;
      return { kind: 'list', ...this.readSequence(']') };
    }
    if (character === '{') return this.readRecord();
    if (character === '~' && this.text[this.position + 1] === '[') {
      this.position += 2;
      this.readSequence(']');
      return { kind: 'word', text: '~[]', file: null };
    }
    return this.readBare();
  }

  private readRecord(): Value {
    this.position++;
    const { items, truncated } = this.readSequence('}');
    const fields = new Map<string, Value>();
    items.forEach((item, index) => {
      if (item.kind === 'named') fields.set(item.name, item.value);
      else fields.set(String(index), item);
    });
    return { kind: 'record', fields, truncated };
  }

  private readString(): Value {
    const text = this.text;
    let prefix = '';
    if (text[this.position] === '@') {
      prefix = '\0';
      this.position++;
    }
    const start = this.position + 1;
    const plainEnd = text.indexOf('"', start);
    if (plainEnd < 0) throw new SyntaxFault('a string does not end');
    const firstEscape = text.indexOf('\\', start);
    let bytes: Buffer;
    if (firstEscape < 0 || firstEscape > plainEnd) {
      bytes = Buffer.from(prefix + text.slice(start, plainEnd), 'latin1');
      this.position = plainEnd + 1;
    } else {
      bytes = this.readEscaped(start, prefix);
    }
    let truncated = false;
    if (text.startsWith('...', this.position)) {
      truncated = true;
      this.position += 3;
    }
    return { kind: 'string', bytes, truncated };
  }

  private readEscaped(start: number, prefix: string): Buffer {
    const text = this.text;
    let end = start;
    for (;;) {
      const code = text.charCodeAt(end);
      if (Number.isNaN(code)) throw new SyntaxFault('a string does not end');
      if (code === quote) break;
      end += code === backslash ? 2 : 1;
    }
    const target = Buffer.allocUnsafe(end - start + prefix.length);
    let length = target.write(prefix, 'latin1');
    for (let index = start; index < end; index++) {
      const code = text.charCodeAt(index);
      if (code !== backslash) {
        target[length++] = code;
        continue;
      }
      const escaped = text[++index]!;
      if (escaped >= '0' && escaped <= '7') {
        let value = 0;
        let digits = 0;
        while (digits < 3 && text[index]! >= '0' && text[index]! <= '7' && index < end) {
          value = value * 8 + text.charCodeAt(index) - 0x30;
          index++;
          digits++;
        }
        index--;
        if (value > 255) throw new SyntaxFault('an octal escape is above 377');
        target[length++] = value;
      } else if (escaped === 'x') {
        const value = Number.parseInt(text.slice(index + 1, index + 3), 16);
        if (!/^[0-9a-f]{2}$/i.test(text.slice(index + 1, index + 3)))
          throw new SyntaxFault('a bad \\x escape');
        target[length++] = value;
        index += 2;
      } else {
        const value = namedEscapes[escaped];
        if (value === undefined) throw new SyntaxFault(`unknown escape \\${escaped}`);
        target[length++] = value;
      }
    }
    this.position = end + 1;
    return target.subarray(0, length);
  }

  /** A number, a word of flags, a call-like macro, each perhaps followed by `<file>` or named by `name=`. */
  private readBare(): Value {
    const start = this.position;
    const text = this.text;
    let nesting = 0;
    for (; this.position < text.length; this.position++) {
      const character = text[this.position]!;
      if (character === '"' && nesting === 0) break;
      if (character === '(') nesting++;
      else if (nesting > 0) {
        if (character === ')') nesting--;
      } else if (character === '/' && text[this.position + 1] === '*') break;
      else if (character === '<') {
        if (text[this.position + 1] === '<') this.position++;
        else break;
      } else if (character === '=') {
        const next = text[this.position + 1];
        if (next === '>') break;
        if (next === '=') {
          this.position++;
          continue;
        }
        const name = text.slice(start, this.position);
        if (/^[a-z_][a-z_0-9]*$/i.test(name)) {
          this.position++;
          return { kind: 'named', name, value: this.readNamedValue() };
        }
      } else if (character === ',' || character === ')' || character === ']' || character === '}') break;
      else if (
        character === ' ' &&
        !/^ (?:\||&|<<|or |==)/.test(text.slice(this.position, this.position + 4))
      ) {
        break;
      } else if (character === ' ') {
        // The operator belongs to the word; step over it and the space behind it.
        const gap = /^ (?:\|\||&&|<<|\||&|or|==) ?/.exec(text.slice(this.position, this.position + 5));
        if (gap) this.position += gap[0].length - 1;
      }
    }
    const bare = text.slice(start, this.position).trim();
    if (bare === '') throw new SyntaxFault('a value is missing');
    const file = text[this.position] === '<' ? this.readFile() : null;
    if (/^-?\d+$/.test(bare)) return { kind: 'number', value: numberOf(bare), file };
    if (/^0x[0-9a-f]+$/i.test(bare)) return { kind: 'number', value: Number(bare), file };
    return { kind: 'word', text: ownText(bare), file };
  }

  /** `c_iflag=,`: flags of which none is set. */
  private readNamedValue(): Value {
    if (/[,}\])]/.test(this.text[this.position] ?? '')) return { kind: 'word', text: '', file: null };
    return this.readValue();
  }

  private readFile(): DescribedFile {
    const end = this.text.indexOf('>', this.position);
    if (end < 0) throw new SyntaxFault("a descriptor's path does not end");
    const raw = this.text.slice(this.position + 1, end);
    this.position = end + 1;
    let deleted = false;
    if (this.text.startsWith('(deleted)', this.position)) {
      deleted = true;
      this.position += '(deleted)'.length;
    }
    // `3<socket:[1]>`, `3</dev/pts/0<char 136:0>>`: the second form's tail is not ours to read.
    if (this.text[this.position] === '>') this.position++;
    return { path: unescapedPath(raw), deleted };
  }

  private skipSpace(): void {
    for (;;) {
      while (this.text[this.position] === ' ') this.position++;
      if (!this.text.startsWith('/*', this.position)) return;
      const end = this.text.indexOf('*/', this.position + 2);
      if (end < 0) throw new SyntaxFault('a comment does not end');
      this.position = end + 2;
    }
  }
}

/** The bytes of a path as `-y` prints it: with escapes, and before strace 5.11 with quotes as they are. */
export function unescapedPath(path: string): string {
  if (!path.includes('\\')) return ownText(path);
  const quoted = path.replace(/\\(?:[0-7]{1,3}|x[0-9a-fA-F]{2}|.)|"/gs, (part) =>
    part === '"' ? '\\"' : part,
  );
  const [value] = new ValueReader(`"${quoted}")`).readArguments();
  return value?.kind === 'string' ? value.bytes.toString('latin1') : path;
}

/** strace prints numbers below 0100 in octal for modes (`0644`); decimal otherwise. */
function numberOf(text: string): number {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return Number(text);
}

const namedEscapes: Record<string, number> = {
  n: 10,
  t: 9,
  r: 13,
  v: 11,
  f: 12,
  a: 7,
  b: 8,
  e: 27,
  '\\': 92,
  '"': 34,
  "'": 39,
};
