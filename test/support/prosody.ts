/**
 * A Prosody of one's own for a test file: an ordinary process on free loopback ports, with a throw-away folder for configuration, accounts and
 * certificates. Where Prosody is not installed, its suites are left out, and say so. It must never touch an installed Prosody's data.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether there is a Prosody to test against. With REQUIRE_SERVERS=1, its absence is an error. */
export const prosodyAvailable = onPath('prosody');
/** Whether certificates can be made, for TLS. */
export const opensslAvailable = onPath('openssl');

for (const [program, available] of Object.entries({ prosody: prosodyAvailable, openssl: opensslAvailable })) {
  if (available) continue;
  if (process.env['REQUIRE_SERVERS'] === '1') throw new Error(`REQUIRE_SERVERS=1, but there is no ${program} on the PATH`);
  process.stderr.write(`LEFT OUT: tests that need ${program}, which is not on the PATH\n`);
}

type Describe = (name: string, tests: () => void) => void;

/** `describe`, or its leaving out. Jest's own is looked up when it is needed: the siege runs without Jest. */
export function describeWith(available: boolean): Describe {
  const { describe } = globalThis as unknown as { readonly describe: Describe & { readonly skip: Describe } };
  const { skip: leftOut } = describe;
  return available ? describe : leftOut;
}

export interface Prosody {
  readonly domain: 'localhost';
  readonly websocket: string;
  readonly tcp: string;
  /** Direct TLS. */
  readonly tls: string;
  /** The certificate of the server, PEM; undefined without openssl. */
  readonly ca: string | undefined;
  /** Ends the session of a full address with a stream error. Returns how many it ended. */
  closeStream(address: string, condition: string): Promise<number>;
  /** Cuts the socket of a full address. */
  dropSocket(address: string): Promise<number>;
  /** Cuts the sockets of the whole crowd at once. Returns how many. */
  dropCrowd(): Promise<number>;
  /** From now on, what reaches this step is refused; no condition: it works again. */
  gate(at: 'open' | 'auth' | 'bind' | 'presence', condition?: string): Promise<void>;
  /** How many are signed in, with a line. */
  sessions(): Promise<number>;
  /** How many have lost their line and are kept (XEP-0198). */
  kept(): Promise<number>;
  /** How often credentials were offered since the last start (RFC 6120 §6.4.2). */
  logons(): Promise<number>;
  /** How often a session began anew since the last start. */
  binds(): Promise<number>;
  /** Client states that were told since the last start, in order (XEP-0352): `alice active`. */
  clientStates(): Promise<readonly string[]>;
  /** Stops it where it stands (SIGSTOP): its ports are open, and nothing is answered. */
  freeze(): void;
  /** Goes on (SIGCONT). */
  thaw(): void;
  /** Takes away all accounts and contact lists, or puts them back as they were. */
  removeAccounts(): void;
  createAccounts(): void;
  /** As an administrator stops it (SIGTERM). */
  stop(): Promise<void>;
  /** As a crash (SIGKILL). */
  kill(): Promise<void>;
  /** The same ports, accounts and certificates. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Kills it and removes all that was written. */
  remove(): Promise<void>;
}

/** Test-only staging inside Prosody: ends sessions and refuses steps when asked over HTTP. */
const plugin = `
module:depends("http");
local stanza = require "util.stanza";
local decode = require "util.http".formdecode;
local staged = module:shared("/*/staging/state");
local ns_streams, ns_sasl = "urn:ietf:params:xml:ns:xmpp-streams", "urn:ietf:params:xml:ns:xmpp-sasl";

local logons, binds, states = 0, 0, {};

local function stream_error(condition)
  return stanza.stanza("stream:error"):tag(condition, { xmlns = ns_streams }):up();
end
local function asked(event) return decode(event.request.url.query or "") end
local function each(address, act)
  local found = {};
  for full, session in pairs(prosody.full_sessions) do
    if full == address then found[#found + 1] = session end
  end
  for _, session in ipairs(found) do act(session) end
  return tostring(#found);
end

module:provides("http", { default_path = "/staging", route = {
  ["POST /close"] = function (event)
    local query = asked(event);
    return each(query.address, function (session) session:close(stream_error(query.condition)) end);
  end;
  ["POST /drop"] = function (event)
    return each(asked(event).address, function (session) session.conn:close() end);
  end;
  ["POST /drop-crowd"] = function ()
    local found = {};
    for _, session in pairs(prosody.full_sessions) do
      if session.username:match("^crowd%d+$") and session.conn then found[#found + 1] = session end
    end
    for _, session in ipairs(found) do session.conn:close() end
    return tostring(#found);
  end;
  ["POST /gate"] = function (event)
    local query = asked(event);
    staged.at, staged.condition = query.at, query.condition;
    return "ok";
  end;
  ["GET /sessions"] = function ()
    local count = 0;
    for _, session in pairs(prosody.full_sessions) do
      if not session.hibernating then count = count + 1 end
    end
    return tostring(count);
  end;
  ["GET /kept"] = function ()
    local count = 0;
    for _, session in pairs(prosody.full_sessions) do
      if session.hibernating then count = count + 1 end
    end
    return tostring(count);
  end;
  ["GET /logons"] = function () return tostring(logons) end;
  ["GET /binds"] = function () return tostring(binds) end;
  ["GET /states"] = function () return table.concat(states, "\\n") end;
} });

for _, state in ipairs({ "active", "inactive" }) do
  module:hook("csi-client-" .. state, function (event)
    states[#states + 1] = (event.origin.username or "?") .. " " .. state;
  end, 1000);
end
module:hook("resource-bind", function () binds = binds + 1 end, 1000);

module:hook("stream-features", function (event)
  if staged.at == "open" and event.origin.type == "c2s_unauthed" then event.origin:close(stream_error(staged.condition)) end
end, 1000);
module:hook("stanza/" .. ns_sasl .. ":auth", function (event)
  logons = logons + 1;
  if staged.at ~= "auth" then return end
  event.origin.send(stanza.stanza("failure", { xmlns = ns_sasl }):tag(staged.condition));
  return true;
end, 1000);
module:hook("stanza/iq/urn:ietf:params:xml:ns:xmpp-bind:bind", function (event)
  if staged.at ~= "bind" then return end
  event.origin.send(stanza.error_reply(event.stanza, "cancel", staged.condition));
  return true;
end, 1000);
module:hook("pre-presence/bare", function (event)
  if staged.at ~= "presence" or event.stanza.attr.type then return end
  event.origin.send(stanza.error_reply(event.stanza, "cancel", staged.condition));
  return true;
end, 1000);
`;

interface Ports {
  readonly c2s: number;
  readonly tls: number;
  readonly http: number;
}

function configuration(
  root: string,
  { c2s, tls, http }: Ports,
  secure: boolean,
  keepFor: number,
  hash: string | undefined,
): string {
  const text = (value: string): string => JSON.stringify(value);
  return `
run_as_root = true
pidfile = ${text(join(root, 'prosody.pid'))}
data_path = ${text(join(root, 'data'))}
plugin_paths = { ${text(join(root, 'plugins'))} }
certificates = ${text(join(root, 'certs'))}
log = { warn = ${text(join(root, 'prosody.log'))} }
interfaces = { "127.0.0.1" }
c2s_ports = { ${c2s} }
c2s_direct_tls_ports = { ${secure ? tls : ''} }
http_ports = { ${http} }
https_ports = { }
http_default_host = "localhost"
modules_disabled = { "s2s" }
modules_enabled = { "roster", "saslauth", "disco", ${secure ? '"tls", ' : ''}"ping", "websocket", "smacks", "csi_simple", "staging" }
smacks_hibernation_time = ${keepFor}
${
  hash === undefined
    ? 'authentication = "internal_plain"\ndisable_sasl_mechanisms = { "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5" }'
    : `authentication = "internal_hashed"\npassword_hash = "${hash}"`
}
storage = "internal"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_websocket_secure = true
conflict_resolve = "kick_old"
VirtualHost "localhost"
`;
}

/** Accounts and contact lists as Prosody's own files: everybody is everybody's contact. The passwords are hashed at the first logon. */
function writeAccounts(root: string, { users, strangers = {}, crowd = 0 }: ProsodyOptions): void {
  const folder = join(root, 'data', 'localhost');
  mkdirSync(join(folder, 'accounts'), { recursive: true });
  mkdirSync(join(folder, 'roster'), { recursive: true });
  const file = (name: string): string =>
    `${name.replace(/[^A-Za-z0-9]/g, (letter) => Buffer.from(letter).toString('hex').replace(/../g, '%$&'))}.dat`;
  const befriend = (name: string, others: readonly string[]): void => {
    const rows = others.map((other) => `["${other}@localhost"] = { subscription = "both", groups = {} };`);
    writeFileSync(join(folder, 'roster', file(name)), `return { [false] = { version = 1; pending = {} }; ${rows.join(' ')} };\n`);
  };
  const crowded = Object.fromEntries(Array.from({ length: crowd }, (_, at) => [`crowd${at}`, 'crowd']));
  for (const [name, password] of Object.entries({ ...strangers, ...crowded })) {
    writeFileSync(join(folder, 'accounts', file(name)), `return { ["password"] = ${JSON.stringify(password)} };\n`);
  }
  for (const name of Object.keys(crowded)) befriend(name, Object.keys(users));
  for (const [name, password] of Object.entries(users)) {
    writeFileSync(join(folder, 'accounts', file(name)), `return { ["password"] = ${JSON.stringify(password)} };\n`);
    befriend(name, [...Object.keys(users).filter((other) => other !== name), ...Object.keys(crowded)]);
  }
}

function makeCertificate(root: string): string {
  const [key, certificate] = [join(root, 'certs', 'localhost.key'), join(root, 'certs', 'localhost.crt')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-days', '2', ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  return readFileSync(certificate, 'utf8');
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

export interface ProsodyOptions {
  /** Password by name, letters and digits. */
  readonly users: Readonly<Record<string, string>>;
  /** More of them, who are nobody's contacts. */
  readonly strangers?: Readonly<Record<string, string>>;
  /** How many more, `crowd0` and so on, whose password is `crowd`: contacts of all users, and not of each other. */
  readonly crowd?: number;
  /** How passwords are kept, and SCRAM is offered; default SHA-1. */
  readonly hash?: 'SHA-1' | 'SHA-256';
  /** No TLS, and passwords are kept as they are: only PLAIN is offered. For many at once. */
  readonly plain?: boolean;
  /** How long a session is kept that has lost its line, whole seconds (XEP-0198); default 1. */
  readonly keepFor?: number;
}

/**
 * @throws Error with Prosody's log when it does not come up
 */
export async function startProsody(options: ProsodyOptions): Promise<Prosody> {
  const { hash = 'SHA-1', plain = false, keepFor = 1 } = options;
  const root = mkdtempSync(join(tmpdir(), 'prosody-'));
  const [c2s = 0, tls = 0, http = 0] = await freePorts(3);
  for (const folder of ['data', 'plugins', 'certs']) mkdirSync(join(root, folder));
  const ca = opensslAvailable && !plain ? makeCertificate(root) : undefined;
  writeAccounts(root, options);
  writeFileSync(join(root, 'plugins', 'mod_staging.lua'), plugin);
  writeFileSync(
    join(root, 'prosody.cfg.lua'),
    configuration(root, { c2s, tls, http }, ca !== undefined, keepFor, plain ? undefined : hash),
  );

  let server: ChildProcess | undefined;
  const log = join(root, 'prosody.log');
  const killAtExit = (): void => void server?.kill('SIGKILL');
  process.on('exit', killAtExit);

  async function start(): Promise<void> {
    const child = spawn('prosody', ['--config', join(root, 'prosody.cfg.lua'), '-F'], { stdio: 'ignore' });
    server = child;
    const deadline = Date.now() + 10_000;
    while (!(await answers(c2s)) || !(await answers(http))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`Prosody did not come up: ${existsSync(log) ? readFileSync(log, 'utf8') : 'it wrote no log'}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
  async function ask(method: 'GET' | 'POST', path: string, query: Readonly<Record<string, string>> = {}): Promise<string> {
    // Not fetch: it keeps its connections, which tests that count handles would find.
    const target = {
      host: '127.0.0.1',
      port: http,
      method,
      path: `/staging/${path}?${new URLSearchParams(query).toString()}`,
      agent: false,
    };
    const [response] = (await once(request(target).end(), 'response')) as [IncomingMessage];
    const body = Buffer.concat((await response.toArray()) as Buffer[]).toString();
    if (response.statusCode !== 200)
      throw new Error(`Prosody's staging plugin answered ${path} with HTTP ${response.statusCode}`);
    return body;
  }

  await start();
  return {
    domain: 'localhost',
    websocket: `ws://127.0.0.1:${http}/xmpp-websocket`,
    tcp: `xmpp://127.0.0.1:${c2s}`,
    tls: `xmpps://127.0.0.1:${tls}`,
    ca,
    async closeStream(address, condition) {
      // Acknowledgements on their way are heard before: data that comes while it closes makes this Prosody forget its last words.
      await ask('GET', 'sessions');
      return Number(await ask('POST', 'close', { address, condition }));
    },
    dropSocket: async (address) => Number(await ask('POST', 'drop', { address })),
    dropCrowd: async () => Number(await ask('POST', 'drop-crowd')),
    async gate(at, condition) {
      await ask('POST', 'gate', condition === undefined ? {} : { at, condition });
    },
    sessions: async () => Number(await ask('GET', 'sessions')),
    kept: async () => Number(await ask('GET', 'kept')),
    logons: async () => Number(await ask('GET', 'logons')),
    binds: async () => Number(await ask('GET', 'binds')),
    clientStates: async () => (await ask('GET', 'states')).split('\n').filter((line) => line !== ''),
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    removeAccounts: () => rmSync(join(root, 'data'), { recursive: true, force: true }),
    createAccounts: () => writeAccounts(root, options),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
    async restart() {
      await end('SIGTERM');
      await start();
    },
    async remove() {
      await end('SIGKILL');
      process.off('exit', killAtExit);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
