import { languageTag, t } from '../text/index.ts';

/** What the server refused, in its own words. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint?: string,
    readonly status = 0,
    readonly retryAfter?: number,
    readonly free?: number,
    readonly missing?: number,
  ) {
    super(message);
  }

  /** Another try makes sense, without a person changing anything. */
  get passes(): boolean {
    return ['busy', 'closing', 'timeout', 'too_many_connections', 'too_many_users', 'no_connection'].includes(this.code);
  }
}

export const noConnection = (): Refusal => new Refusal('no_connection', t().errors.noConnection, t().errors.noConnectionHint);

/** Any error as a refusal; a fault of our own is shown as it is. */
export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal('internal', error instanceof Error ? error.message : String(error));
}

interface ErrorBody {
  error?: { code?: string; message?: string; hint?: string; retry_after?: number; free?: number; missing?: number };
}

export function refusalFrom(status: number, body: string): Refusal {
  let error: ErrorBody['error'];
  try {
    error = (JSON.parse(body) as ErrorBody).error;
  } catch {
    // A proxy's page, or nothing at all.
  }
  return new Refusal(error?.code ?? 'internal', error?.message ?? t().errors.unreadable(status), error?.hint, status, error?.retry_after, error?.free, error?.missing);
}

/** Told when the server says that nobody is logged in any more. */
export const onLoggedOut: { run: () => void } = { run: () => undefined };

export const root = '/api/v1';

/** `/a b/c` as a part of an address: each name encoded, the slashes kept. */
export const inAddress = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

export const query = (values: Record<string, string | number | boolean | undefined>): string => {
  const parts = Object.entries(values).filter(([, value]) => value !== undefined && value !== false);
  return parts.length === 0 ? '' : '?' + parts.map(([name, value]) => value === true ? name : `${name}=${encodeURIComponent(String(value))}`).join('&');
};

export async function request(method: string, address: string, options: { json?: unknown; headers?: Record<string, string>; signal?: AbortSignal; quiet?: boolean } = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': languageTag(), ...options.headers };
  if (options.json !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(root + address, {
      method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      body: options.json === undefined ? undefined : JSON.stringify(options.json),
      signal: options.signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw noConnection();
  }
  if (response.ok) return response;
  const refusal = refusalFrom(response.status, await response.text().catch(() => ''));
  if (refusal.code === 'login_required' && !options.quiet) onLoggedOut.run();
  throw refusal;
}

export async function json<T>(method: string, address: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(method, address, { json: body, signal });
  return await response.json() as T;
}

export async function nothing(method: string, address: string, body?: unknown): Promise<void> {
  await request(method, address, { json: body });
}
