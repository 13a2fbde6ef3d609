import { setTimeout as delay } from 'node:timers/promises'
import { FirsteightError } from '../../../core/errors.js'
import type { Namespace } from '../namespace.js'
import type { ProgramName } from '../programs.js'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'

/** Servers, then what clients do with them until they are done; both end before the next act. */
export interface Act {
  /** Shell scripts, one a server, each ending in `exec`: what stays must be what is started. */
  servers?: readonly string[]
  /** Until how many sockets are bound to port 53 the clients wait; default: one for each server. */
  sockets?: number
  /** Shell script of the clients. */
  clients: string
  /** What the clients' output shows when both ends spoke to each other; the recording fails without it. */
  expected?: RegExp
}

/** A program that is not DNS on port 53 of loopback addresses. */
export interface Attack {
  /** The label: as in capture file names and in the census. */
  name: string
  /** `tunnel`: its bytes are well-formed DNS, and eight of them cannot tell. Default `attack`. */
  class?: 'tunnel'
  /** What varies between its streams, and what made its bytes when that is not a released program. */
  holds: string
  /** The first message of each connection, or datagram of each port, in each direction is DNS and no attack. */
  beginsWithDns?: true
  programs: readonly ProgramName[]
  acts: readonly Act[]
}

/**
 * Before every script: the system's programs first, the temporary folder to work in, no standard input, and
 * three functions. `timeout` also ends what ignores SIGTERM.
 * `bound NUMBER` waits until so many sockets are bound to port 53. `certificate` makes key.pem and cert.pem.
 */
const PRELUDE = (folder: string) => `PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
HOME=${folder}
export HOME
cd ${folder}
exec </dev/null
timeout() { command timeout -k 1 "$@"; }
bound() {
  tries=0
  until [ "$(ss -Hlntu 'sport = :53' | wc -l)" -ge "$1" ]; do
    tries=$((tries + 1)); [ $tries -lt 150 ] || return 1; sleep 0.1
  done
}
certificate() {
  if mkdir made 2>/dev/null; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \\
      -subj /CN=host.example -keyout key.pem -out made/cert.pem 2>/dev/null
    mv made/cert.pem cert.pem
  fi
  until [ -f cert.pem ]; do sleep 0.1; done
}
`

/** Programs that the prelude uses. */
const PRELUDE_PROGRAMS: readonly ProgramName[] = ['sh', 'ss', 'openssl']

/** One attack alone in a network namespace. */
export function attackScenario(attack: Attack): Scenario {
  const kind = attack.class ?? 'attack'
  return {
    name: attack.name,
    class: kind,
    programs: [...new Set([...PRELUDE_PROGRAMS, ...attack.programs])],
    async prepare(stage) {
      const namespace = await stage.namespace()
      // No program may look up a name on port 53 besides: this address has no route.
      await namespace.writeResolvConf('nameserver 192.0.2.1\n')
      return {
        captures: [
          {
            file: `${kind}-${attack.name}.pcap`,
            holds: attack.holds,
            ...(attack.beginsWithDns && { beginsWithDns: true as const }),
            namespace,
            networkInterface: 'lo',
            filter: 'port 53 and not host 127.0.0.99',
          },
        ],
        async traffic() {
          for (const act of attack.acts) await playAct(stage, namespace, act, attack.name)
        },
      }
    },
  }
}

async function playAct(stage: Stage, namespace: Namespace, act: Act, name: string): Promise<void> {
  const prelude = PRELUDE(stage.folder)
  const servers = act.servers ?? []
  const started = []
  for (const script of servers) {
    started.push(await stage.start(namespace, 'sh', ['-c', prelude + script], /(?:)/))
  }
  const bound = `bound ${act.sockets ?? servers.length} || { echo "no server on port 53"; exit 1; }\n`
  const clients = prelude + (servers.length > 0 ? bound : '') + act.clients
  const { output } = await stage.run(namespace, 'sh', ['-c', clients], { timeoutMilliseconds: 120_000 })
  if (/^no server on port 53$/m.test(output) || (act.expected && !act.expected.test(output))) {
    const said = [output, ...started.map((server) => server.output)].map((text) => text.trim().slice(-600))
    throw new FirsteightError('LAB_PROGRAM_FAILED', `${name} did not come about:\n${said.join('\n')}`, {
      hint: 'Run its commands by hand to see what they lack.',
    })
  }
  // What is still on its way arrives before its socket closes.
  await delay(100)
  await stage.stopPrograms()
}
