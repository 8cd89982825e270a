/** YAML of what JSON can say, in blocks. Texts that could be taken for something else are quoted as in JSON, which YAML reads. */
export function yamlOf(value: unknown): string {
  return `${isBlock(value) ? lines(value, '').join('\n') : scalar(value)}\n`;
}

// ---

function lines(value: object, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((one) => {
      if (!isBlock(one)) return [`${indent}- ${scalar(one)}`];
      const [first = '', ...rest] = lines(one, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .flatMap(([key, one]) => {
      if (!isBlock(one)) return [`${indent}${text(key)}: ${scalar(one)}`];
      return [`${indent}${text(key)}:`, ...lines(one, `${indent}  `)];
    });
}

function isBlock(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return text(value);
  return JSON.stringify(value ?? null);
}

function text(value: string): string {
  return PLAIN.test(value) && !TAKEN.test(value) ? value : JSON.stringify(value).replace(BREAKS, escaped);
}

/** Begins with a letter, and has nothing in it that means something in YAML. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./ -]*(?<! )$/;
/** Words that stand for other things than themselves, in YAML 1.1 as well. */
const TAKEN = /^(true|false|yes|no|on|off|null|y|n)$/i;
/** What JSON leaves as it is, and YAML does not allow, or takes for the end of a line. */
const BREAKS = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
