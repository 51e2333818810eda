// What a command may carry, looked at before it is sent: a frame that is too large or nested too deep would cost the whole
// connection (W4), so it is refused here, as the server would refuse it over HTTP.
import { CLIENT_LIMITS } from '@kith/protocol';
import { Refusal } from '../refusal.js';

/** Room for what stands around the params. Bytes. */
const AROUND = 200;
/** Frame and params themselves. */
const LEVELS = 2;
const MOST_BYTES_PER_UNIT = 3;

/** @returns what is wrong with it, if anything */
export function refusalOfParams(params: unknown): Refusal | null {
  const text = JSON.stringify(params) ?? '';
  const most = CLIENT_LIMITS.frame - AROUND;
  if (text.length * MOST_BYTES_PER_UNIT > most && utf8Length(text) > most) {
    return new Refusal({ code: 'too_large', message: `more than ${most} bytes`, retry: 'never' });
  }
  if (isDeeper(params, CLIENT_LIMITS.depth - LEVELS)) {
    return new Refusal({ code: 'bad_request', message: 'nested too deep', retry: 'never' });
  }
  return null;
}

/** JSON never holds half a surrogate pair, which this would not take. */
function utf8Length(text: string): number {
  return encodeURIComponent(text).replace(/%../g, '%').length;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels < 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
