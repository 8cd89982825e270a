import { resolve } from 'node:path';
import type { ServicePlan } from './service-plan.js';

export interface Program {
  /** Node.js, and the file that it is to run. */
  readonly node: string;
  readonly script: string;
  readonly version: string;
}

/** A unit of systemd. */
export function systemdUnit(service: ServicePlan & Program): string {
  const { name, memoryOnly, localAddress, words, files, node, script } = service;
  const unit = `mneme-${name}.service`;
  const data = memoryOnly ? [] : ['--dir', `%S/mneme/${name}`];
  const run = [node, script, ...words.map((word) => unitWord(fileWord(word, files))), '--name', name, ...data];
  // It is asked with what the node itself has.
  const shown = files.flatMap(({ flag }) => [`--${flag}`, `%d/${flag}`]);
  const wait = [
    node,
    script,
    'cluster',
    'wait',
    '--for',
    'serving',
    '--timeout',
    '15m',
    '--node',
    localAddress,
    ...shown,
  ];
  return `# To ${unit}. Then:
#   systemctl daemon-reload && systemctl enable --now mneme-${name}
#   journalctl -fu mneme-${name}
[Unit]
Description=Mneme node ${name}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=${run.join(' ')}
# It counts as started once it serves.
ExecStartPost=${wait.join(' ')}
TimeoutStartSec=16min
# A stop sends out what there is, and takes less than two seconds.
TimeoutStopSec=30s
Restart=on-failure
RestartSec=2s
# What is refused, or typed wrong, is so the next time.
RestartPreventExitStatus=2 6
# MNEME_… variables, such as MNEME_ENGINE with a password, readable by root alone.
EnvironmentFile=-/etc/mneme/${name}.env
${files.map(({ flag, path }) => `LoadCredential=${flag}:${resolve(path).replaceAll('%', '%%')}\n`).join('')}DynamicUser=yes
${memoryOnly ? '' : `StateDirectory=mneme/${name}\nStateDirectoryMode=0700\n`}UMask=0077
LimitNOFILE=65536
ProtectSystem=strict
ProtectHome=${[node, script].some((path) => /^\/(home|root)\//.test(path)) ? 'read-only' : 'yes'}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
NoNewPrivileges=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`;
}

/** What an image is built of. */
export function containerfile({
  name,
  memoryOnly,
  words,
  files,
  localAddress,
  version,
}: ServicePlan & Program): string {
  const run = ['mneme', ...words, '--name', name, ...(memoryOnly ? [] : ['--dir', '/data'])];
  // It is asked with what the node itself has; without a secret, with the key that it writes for whoever may read its data.
  const hasSecret = files.some(({ flag }) => flag === 'secret-file');
  const shown = [
    ...files.flatMap(({ flag, path }) => [`--${flag}`, path]),
    ...(hasSecret || memoryOnly ? [] : ['--user', 'operator', '--password-file', '/data/operator-key']),
  ];
  // Longer than another member that says nothing is waited for: it is none of this node's.
  const ask = ['mneme', 'cluster', 'wait', '--for', 'serving', '--timeout', '15s', '--node', localAddress, ...shown];
  const port = /:(\d+)$/.exec(localAddress)?.[1] ?? '7379';
  return `# In the folder of mneme's source: npm ci && npm pack, then build an image of this.
# Start the container with ${memoryOnly ? '' : 'a volume for /data, '}the same name each time, and a time to stop of some seconds.
FROM docker.io/library/node:22-slim
COPY mneme-${version}.tgz /tmp/mneme.tgz
RUN npm install --global --omit=dev /tmp/mneme.tgz && rm /tmp/mneme.tgz && install -d -o node -g node -m 0700 /data
USER node
${memoryOnly ? '' : 'VOLUME /data\n'}EXPOSE ${port}
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=15m CMD ${JSON.stringify(ask)}
ENTRYPOINT ${JSON.stringify(run)}
`;
}

// ---

/** As systemd reads it: quoted, and without its specifiers and variables. Those of a credential are meant. */
function unitWord(word: string): string {
  if (word.startsWith('%d/')) return word;
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w.:/@,+=%-]+$/.test(plain)) return plain;
  const quoted = plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `"${quoted.replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
}

/** A user of the moment cannot read a file of root: systemd hands it over. */
function fileWord(word: string, files: ServicePlan['files']): string {
  const file = files.find(({ path }) => path === word);
  return file === undefined ? word : `%d/${file.flag}`;
}
