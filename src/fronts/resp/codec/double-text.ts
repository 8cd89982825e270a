/** A number as C's "%.17g", which Redis answers scores with: by 17 digits every double is told from all others. */
export function doubleText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < PLAIN_MAX) return Object.is(value, -0) ? '-0' : String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const text = roundedText(Math.abs(value));
  const digits = withoutZeros(`${text[0]}${text.slice(2, DIGITS + 1)}`);
  const power = Number(text.slice(DIGITS + 2));
  const sign = value < 0 ? '-' : '';
  if (power < LEAST_PLAIN_POWER || power >= DIGITS) return `${sign}${withPower(digits, power)}`;
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  return digits.length > power + 1 ? `${sign}${whole}.${digits.slice(power + 1)}` : `${sign}${whole}`;
}

// ---

/** Integers below are shorter than 17 digits. */
const PLAIN_MAX = 1e16;
const DIGITS = 17;
const LEAST_PLAIN_POWER = -4;
/** The most that JavaScript gives. */
const DECIMALS_MAX = 100;

/**
 * As "d.dddddddddddddddde±x". Of a number halfway between two such texts JavaScript takes the larger one, C that with the even digit:
 * halfway means that the 18th digit is a 5, and the last one.
 */
function roundedText(value: number): string {
  const longer = value.toExponential(DIGITS);
  const isHalfway = longer[DIGITS + 1] === '5' && isLast(value);
  const isEven = (longer.charCodeAt(DIGITS) & 1) === 0;
  if (!isHalfway || !isEven) return value.toExponential(DIGITS - 1);
  return longer.slice(0, DIGITS + 1) + longer.slice(DIGITS + 2);
}

/** Whether a number has no more than 18 digits. */
function isLast(value: number): boolean {
  const digits = value.toExponential(DECIMALS_MAX);
  return /^0*e/.test(digits.slice(DIGITS + 2));
}

function withPower(digits: string, power: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function withoutZeros(digits: string): string {
  let end = digits.length;
  while (end > 1 && digits.charCodeAt(end - 1) === ZERO) end--;
  return digits.slice(0, end);
}

const ZERO = 0x30;
