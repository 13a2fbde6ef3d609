import type { Attack } from './attack.js'

const OPENVPN = (options: string) =>
  `exec openvpn --dev null --ca cert.pem --cert cert.pem --key key.pem --verb 3 ${options}`

/** An OpenVPN server and a client that comes three times. @param more options of both ends */
const openVpnAct = (protocol: 'udp' | 'tcp', more: string) => {
  const [server, client] = protocol === 'udp' ? ['udp', 'udp'] : ['tcp-server', 'tcp-client']
  return {
    servers: [
      `certificate; [ -f static.key ] || openvpn --genkey secret static.key; ${OPENVPN(`--proto ${server} --tls-server --dh none --local 127.0.0.1 --port 53 --ping 1 ${more}`)}`,
    ],
    clients: `for round in 1 2 3; do
(${OPENVPN(`--proto ${client} --tls-client --remote 127.0.0.1 53 --nobind --ping 1 --connect-timeout 2 ${more}`)}) & pid=$!
sleep 2.2; kill $pid; wait $pid; done`,
    expected: /Initialization Sequence Completed/,
  }
}

/** VPNs. */
export const VPN: readonly Attack[] = [
  {
    name: 'openvpn-udp',
    holds: 'handshakes and pings, plain, tls-auth, tls-crypt, and a static key',
    programs: ['openvpn', 'openssl'],
    acts: [
      openVpnAct('udp', ''),
      openVpnAct('udp', '--tls-auth static.key'),
      openVpnAct('udp', '--tls-crypt static.key'),
      {
        servers: [
          'exec openvpn --dev null --proto udp --local 127.0.0.1 --port 53 --secret static.key --cipher AES-256-CBC --ping 1',
        ],
        clients: `for round in 1 2; do timeout 4 openvpn --dev null --proto udp --remote 127.0.0.1 53 --nobind --secret static.key --cipher AES-256-CBC --ping 1; done`,
        expected: /Peer Connection Initiated/,
      },
    ],
  },
  {
    name: 'openvpn-tcp',
    holds: 'handshakes and pings over TCP, plain, tls-auth and tls-crypt',
    programs: ['openvpn', 'openssl'],
    acts: [
      openVpnAct('tcp', ''),
      openVpnAct('tcp', '--tls-auth static.key'),
      openVpnAct('tcp', '--tls-crypt static.key'),
    ],
  },
  {
    name: 'wireguard',
    holds: 'handshakes and keepalive data between two wireguard-go interfaces',
    programs: ['wireguard-go', 'wg', 'ip'],
    acts: [
      {
        clients: `mount -t tmpfs tmpfs /var/run; for number in 0 1; do wireguard-go wg$number; wg genkey > $number.key; done
wg set wg0 listen-port 53 private-key 0.key peer "$(wg pubkey < 1.key)" allowed-ips 10.9.0.2/32
ip address add 10.9.0.1/32 dev wg0; ip address add 10.9.0.2/32 dev wg1; ip link set wg0 up; ip link set wg1 up
peer=$(wg pubkey < 0.key)
for round in $(seq 1 12); do
wg set wg1 private-key 1.key peer "$peer" endpoint 127.0.0.1:53 persistent-keepalive 1 allowed-ips 10.9.0.1/32
sleep 1.2; wg show wg1 latest-handshakes; wg set wg1 peer "$peer" remove; done
kill $(pgrep -x --ns $$ --nslist net wireguard-go)`,
        expected: /=\s+1\d{9}/,
      },
    ],
  },
  {
    name: 'ike',
    holds: 'IKEv1 (main and aggressive) and IKEv2 openings by ike-scan; nobody answers',
    programs: ['ike-scan', 'socat'],
    acts: [
      {
        servers: ['exec socat -u UDP-RECV:53,bind=127.0.0.1 /dev/null'],
        clients: `for round in 1 2 3 4 5 6; do for mode in '' '--aggressive --id=gateway' '--ikev2' '--nat-t'; do
ike-scan --dport=53 --sport=0 --retry=2 --timeout=200 $mode 127.0.0.1; done; done`,
        expected: /Starting ike-scan/,
      },
    ],
  },
  {
    name: 'tinc',
    holds: "tinc's meta protocol over TCP and its probes over UDP",
    programs: ['tincd'],
    acts: [
      {
        servers: [
          `for name in hub leaf; do mkdir -p $name/hosts; printf "Name = $name\\nDeviceType = dummy\\nAddressFamily = ipv4\\n" > $name/tinc.conf
(yes '' | tincd -c $name -K 2048) >/dev/null 2>&1; done
printf 'BindToAddress = 127.0.0.1 53\\n' >> hub/tinc.conf; printf 'ConnectTo = hub\\nPort = 1655\\n' >> leaf/tinc.conf
(printf 'Address = 127.0.0.1 53\\nSubnet = 10.8.1.0/24\\n'; cat hub/hosts/hub) > leaf/hosts/hub; cp leaf/hosts/leaf hub/hosts/leaf
exec tincd -c hub -D -d3 --pidfile=hub.pid`,
        ],
        sockets: 2,
        clients: 'for round in 1 2 3; do timeout 4 tincd -c leaf -D -d3 --pidfile=leaf.pid; done',
        expected: /Connection with hub .* activated/,
      },
    ],
  },
  {
    name: 'nebula',
    holds: 'Nebula handshakes with a lighthouse, and its queries',
    programs: ['nebula', 'nebula-cert'],
    acts: [
      {
        servers: [
          `nebula-cert ca -name ca; nebula-cert sign -name hub -ip 10.7.0.1/24; nebula-cert sign -name leaf -ip 10.7.0.2/24
config() { cat > $1.yml <<END
pki: { ca: $PWD/ca.crt, cert: $PWD/$1.crt, key: $PWD/$1.key }
static_host_map: { "10.7.0.1": ["127.0.0.1:53"] }
lighthouse: { am_lighthouse: $2, interval: 1, hosts: [$3] }
listen: { host: 127.0.0.1, port: $4 }
tun: { disabled: true }
firewall: { outbound: [{port: any, proto: any, host: any}], inbound: [{port: any, proto: any, host: any}] }
END
}
config hub true '' 53; config leaf false '"10.7.0.1"' 4243; exec nebula -config hub.yml`,
        ],
        clients: 'for round in 1 2 3 4; do timeout 3 nebula -config leaf.yml; done',
        expected: /Handshake message received/,
      },
    ],
  },
  {
    name: 'n2n',
    holds: 'n2n edges that register with a supernode',
    programs: ['supernode', 'edge'],
    acts: [
      {
        servers: ['exec supernode -f -l 53 -v'],
        clients: `for community in one two; do for key in alpha beta; do
timeout 3 edge -f -d n2n0 -a 10.6.0.2 -c $community -k $key -l 127.0.0.1:53 -p 5678; done; done`,
        expected: /edge/i,
      },
    ],
  },
]
