import type { Attack } from './attack.js'

/** Probes whose eight bytes are DNS's own: DNS itself, and the NetBIOS name service. */
const DNS_PROBES =
  'DNSVersionBindReq|DNSStatusRequest|DNSVersionBindReqTCP|DNSStatusRequestTCP|DNS-SD|DNS_SD_QU|NBTStat'

/** nmap's version detection: the openings of some two hundred protocols. */
export const SCAN: readonly Attack[] = [
  {
    name: 'nmap-probes',
    holds:
      "every probe of nmap's version detection but those in DNS's format, against sockets that stay silent",
    programs: ['nmap', 'python3'],
    acts: [
      {
        servers: [
          `exec python3 -c 'import socket, threading
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("127.0.0.1", 53))
tcp = socket.create_server(("127.0.0.1", 53), backlog=200)
kept = []
while True: kept.append(tcp.accept())'`,
        ],
        sockets: 2,
        clients: `awk '/^Probe /{ skip = $3 ~ /^(${DNS_PROBES})$/ } /^(totalwaitms|tcpwrappedms|Exclude)/ { next }
!skip; /^Probe / && !skip { print "totalwaitms 250" }' /usr/share/nmap/nmap-service-probes > probes
timeout 80 nmap -n -Pn -sV -sT -sU -p T:53,U:53 --version-all --versiondb probes --max-retries 0 --data-string probe-by-text 127.0.0.1`,
        expected: /Nmap done/,
      },
    ],
  },
]
