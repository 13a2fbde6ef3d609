import type { Attack } from './attack.js'

const IMPACKET = '/usr/share/doc/python3-impacket/examples'

/** Protocols of servers and devices, each between its own programs. */
export const SERVICES: readonly Attack[] = [
  {
    name: 'quic',
    holds: 'QUIC version 1 and draft handshakes and HTTP/3 by ngtcp2, several ciphers',
    programs: ['gtlsclient', 'gtlsserver', 'openssl'],
    acts: [
      {
        servers: [
          'certificate; mkdir -p site; echo page > site/index.html; exec gtlsserver -q -d site 127.0.0.1 53 key.pem cert.pem',
        ],
        clients: `for round in 1 2 3 4 5 6; do for option in '' '--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305' '--version=0xff00001d' '--dcid=0102030405060708090a'; do
timeout 3 gtlsclient -q --exit-on-all-streams-close --timeout=1s $option 127.0.0.1 53 https://127.0.0.1:53/index.html; echo "code $?"; done; done`,
        expected: /code 0/,
      },
    ],
  },
  {
    name: 'stun-turn',
    holds: 'STUN bindings and TURN allocations with data, over UDP and TCP, by coturn',
    programs: ['turnserver', 'turnutils_stunclient', 'turnutils_uclient'],
    acts: [
      {
        servers: [
          'exec turnserver -n -L 127.0.0.1 -p 53 --no-tls --no-dtls --no-cli -a -u user:secret -r example --allow-loopback-peers --no-stun-backward-compatibility -l stdout --pidfile turn.pid --db turn.db',
        ],
        clients: `for round in 1 2 3 4 5 6; do turnutils_stunclient -p 53 127.0.0.1; done
for option in '' '-t' '-y' '-T -t'; do timeout 6 turnutils_uclient $option -p 53 -u user -w secret -n 6 -m 1 -y -X 127.0.0.1; done`,
        expected: /reflexive addr/,
      },
    ],
  },
  {
    name: 'ntp',
    holds: 'NTP between chronyd and chronyd, ntpdig; a server with stratum and one without',
    programs: ['chronyd', 'ntpdig'],
    acts: [
      {
        servers: [
          `printf 'port 53\\nbindaddress 127.0.0.1\\nlocal stratum 3\\nallow all\\ncmdport 0\\npidfile %s/a.pid\\n' "$PWD" > a.conf; exec chronyd -u root -x -d -f "$PWD/a.conf"`,
          `printf 'port 53\\nbindaddress 127.0.0.2\\nallow all\\ncmdport 0\\npidfile %s/b.pid\\n' "$PWD" > b.conf; exec chronyd -u root -x -d -f "$PWD/b.conf"`,
        ],
        clients: `for minpoll in 0 1; do printf "pidfile $PWD/c.pid\\ncmdport 0\\nport 0\\nserver 127.0.0.1 port 53 iburst minpoll -4 maxpoll -3\\nserver 127.0.0.2 port 53 iburst minpoll -$minpoll maxpoll 1 version 3\\n" > c.conf
timeout 5 chronyd -u root -x -d -f "$PWD/c.conf"; done
chronyd -u root -Q -t 3 'server 127.0.0.1 port 53 iburst' 'port 0' 'cmdport 0' "pidfile $PWD/d.pid"`,
        expected: /Selected source/,
      },
    ],
  },
  {
    name: 'snmp',
    holds: 'SNMP 1, 2c and 3: get, getnext, bulk, set, walk, several communities',
    programs: ['snmpd', 'snmpget', 'snmpwalk', 'snmpbulkget', 'snmpset'],
    acts: [
      {
        servers: [
          `printf 'rocommunity public\\nrwcommunity private\\ncreateUser user MD5 secretsecret DES\\nrouser user\\n' > snmpd.conf; exec snmpd -f -Lo -C -c snmpd.conf -p snmpd.pid udp:127.0.0.1:53 tcp:127.0.0.2:53`,
        ],
        sockets: 2,
        clients: `export MIBS=
for target in udp:127.0.0.1:53 tcp:127.0.0.2:53; do
for version in 1 2c; do for community in public private wrong-community-name; do
snmpget -r 0 -t 1 -v $version -c $community $target 1.3.6.1.2.1.1.1.0 1.3.6.1.2.1.1.3.0
snmpget -r 0 -t 1 -v $version -c $community $target 1.3.6.1.2.1.1.5.0
done; snmpwalk -t 1 -v $version -c public $target 1.3.6.1.2.1.1; done
snmpbulkget -t 1 -v 2c -c public -Cr25 $target 1.3.6.1.2.1
snmpset -t 1 -v 2c -c private $target 1.3.6.1.2.1.1.6.0 s somewhere
snmpget -t 1 -v 3 -l authPriv -u user -a MD5 -A secretsecret -x DES -X secretsecret $target 1.3.6.1.2.1.1.1.0
done`,
        expected: /STRING/,
      },
    ],
  },
  {
    name: 'mqtt',
    holds: 'MQTT 3.1, 3.1.1 and 5: several client names, wills, passwords',
    programs: ['mosquitto', 'mosquitto_pub', 'mosquitto_sub'],
    acts: [
      {
        servers: [
          `printf 'listener 53 127.0.0.1\\nallow_anonymous true\\nuser root\\n' > m.conf; exec mosquitto -c m.conf`,
        ],
        clients: `for version in 31 311 5; do for name in a sensor-17 gateway-of-the-branch-office-4711 $(seq -s x 1 40); do
mosquitto_pub -h 127.0.0.1 -p 53 -V $version -i $name -t t/$name -m hello -q 1; mosquitto_pub -h 127.0.0.1 -p 53 -V $version -i $name -t t -m x -u user -P pass --will-topic w --will-payload gone
timeout 1 mosquitto_sub -h 127.0.0.1 -p 53 -V $version -i $name -t t -W 1 -C 1 -k 5; done; done; echo done`,
        expected: /done/,
      },
    ],
  },
  {
    name: 'redis',
    holds: 'Redis commands, arrays and inline',
    programs: ['redis-server', 'redis-cli', 'nc'],
    acts: [
      {
        servers: ['exec redis-server --bind 127.0.0.1 --port 53 --save ""'],
        clients: `for command in ping 'set key value' 'get key' 'get none' 'lpush list a b c' 'lrange list 0 -1' info 'incr key' 'config get *' 'hset h f v' flushall 'client list'; do
redis-cli -p 53 $command; redis-cli -p 53 -3 $command; done
for word in PING INFO 'GET key' QUIT; do printf '%s\\r\\n' "$word" | nc -n -q 1 127.0.0.1 53; done`,
        expected: /PONG/,
      },
    ],
  },
  {
    name: 'databases',
    holds: 'start of PostgreSQL (with and without TLS request) and MariaDB sessions',
    programs: ['psql', 'pg_ctlcluster', 'mariadbd', 'mariadb', 'python3'],
    acts: [
      {
        servers: [
          `echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start; chmod 755 .; mkdir db; chown postgres db; pg=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
setpriv --reuid postgres --regid postgres --clear-groups $pg/initdb -D db/data -A trust >/dev/null
exec setpriv --reuid postgres --regid postgres --clear-groups $pg/postgres -D db/data -h 127.0.0.1 -p 53 -k ''`,
          `mkdir -p my; mariadb-install-db --no-defaults --datadir="$PWD/my" --user=root --auth-root-authentication-method=normal --skip-test-db >/dev/null
exec mariadbd --no-defaults --datadir="$PWD/my" --user=root --socket="$PWD/my.sock" --bind-address=127.0.0.2 --port=53 --pid-file="$PWD/my.pid"`,
        ],
        clients: `sleep 1; for mode in disable prefer; do for user in postgres nobody application_user; do
PGSSLMODE=$mode psql -h 127.0.0.1 -p 53 -U $user -d postgres -Atc 'select 42'; done; done
for user in root nobody application_user; do for option in '' '-C' '--ssl'; do mariadb --no-defaults -h 127.0.0.2 -P 53 -u $user $option -e 'select 43'; done; done`,
        expected: /42[\s\S]*43/,
      },
    ],
  },
  {
    name: 'memcached',
    holds: 'memcached, text and binary, TCP and UDP',
    programs: ['memcached', 'nc', 'python3'],
    acts: [
      {
        servers: ['exec memcached -u root -l 127.0.0.1 -p 53 -U 53'],
        sockets: 2,
        clients: `for line in version stats 'get a' 'set a 0 60 1\\r\\nb' 'incr a 1' flush_all 'delete a' verbosity; do printf "$line\\r\\n" | nc -n -q 1 127.0.0.1 53; done
python3 - <<'END'
import socket, struct
for opcode, key in ((0x0b, b""), (0x10, b""), (0x00, b"a"), (0x0a, b""), (0x04, b"key"), (0x09, b"abc")):
    with socket.create_connection(("127.0.0.1", 53)) as s:
        s.settimeout(1); s.sendall(struct.pack(">BBHBBHIIQ", 0x80, opcode, len(key), 0, 0, 0, len(key), 7, 0) + key)
        try: s.recv(100)
        except OSError: pass
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(1)
for number, line in enumerate((b"version", b"stats", b"get a", b"stats items", b"stats settings")):
    u.sendto(struct.pack(">HHHH", number * 257, 0, 1, 0) + line + b"\\r\\n", ("127.0.0.1", 53)); u.recv(2000)
END
echo`,
        expected: /VERSION/,
      },
    ],
  },
  {
    name: 'rsync-git',
    holds: 'rsync daemon and git daemon with their clients',
    programs: ['rsync', 'git'],
    acts: [
      {
        servers: [
          `mkdir -p site repo.git; echo x > site/f; printf 'use chroot = no\\n[site]\\npath = %s/site\\n[second]\\npath = /tmp\\n' "$PWD" > r.conf; exec rsync --daemon --no-detach --config=r.conf --address=127.0.0.1 --port=53`,
          'git init -q --bare repo.git; exec git daemon --base-path="$PWD" --export-all --listen=127.0.0.2 --port=53',
        ],
        clients: `for round in 1 2 3; do rsync rsync://127.0.0.1:53/; rsync -a rsync://127.0.0.1:53/site/ copy/; rsync rsync://127.0.0.1:53/none/
for name in repo.git none.git a-longer-name.git; do git ls-remote git://127.0.0.2:53/$name; git -c protocol.version=1 ls-remote git://127.0.0.2:53/$name; done; done; echo done`,
        expected: /site/,
      },
    ],
  },
  {
    name: 'coap',
    holds: 'CoAP over UDP and TCP',
    programs: ['coap-client-notls', 'coap-server-notls'],
    acts: [
      {
        servers: ['exec coap-server-notls -A 127.0.0.1 -p 53 -d 10'],
        sockets: 2,
        clients: `for transport in coap coap+tcp; do for method in get put post delete; do for path in time .well-known/core none a/b/c; do
coap-client-notls -B 1 -m $method -e data $transport://127.0.0.1:53/$path; coap-client-notls -B 1 -N -m $method -T token $transport://127.0.0.1:53/$path; done; done; done`,
        expected: /ct=/,
      },
    ],
  },
  {
    name: 'radius',
    holds: 'RADIUS access, accounting and status requests by radclient; nobody answers',
    programs: ['radclient', 'socat'],
    acts: [
      {
        servers: ['exec socat -u UDP-RECV:53,bind=127.0.0.1 /dev/null'],
        clients: `for name in ann bob a-much-longer-user-name; do for kind in auth acct status disconnect coa; do
echo "User-Name=$name,User-Password=secret,NAS-Port=1,Acct-Status-Type=Start,Message-Authenticator=0x00" | radclient -r 1 -t 0.3 127.0.0.1:53 $kind secret; done; done; echo done`,
        expected: /done/,
      },
    ],
  },
  {
    name: 'openflow',
    holds: 'OpenFlow 1.0 to 1.5: a controller, and switches that greet it',
    programs: ['ovs-ofctl', 'ovs-testcontroller'],
    acts: [
      {
        servers: ['export OVS_RUNDIR="$PWD"; exec ovs-testcontroller ptcp:53:127.0.0.1'],
        clients: `export OVS_RUNDIR="$PWD"; for version in OpenFlow10 OpenFlow11 OpenFlow12 OpenFlow13 OpenFlow14 OpenFlow15; do
timeout 2 ovs-ofctl -O $version probe tcp:127.0.0.1:53; timeout 2 ovs-ofctl -O $version show tcp:127.0.0.1:53; timeout 2 ovs-ofctl -O $version ping tcp:127.0.0.1:53; done; echo done`,
        expected: /done/,
      },
    ],
  },
  {
    name: 'bgp',
    holds: 'BGP opens and keepalives between two BIRDs: sixteen bytes of ones first',
    programs: ['bird'],
    acts: [
      {
        servers: [
          `conf() { printf 'router id 10.0.0.%s;\\nprotocol device {}\\nprotocol bgp { local 127.0.0.%s port %s as 6500%s; neighbor 127.0.0.%s port %s as 6500%s; multihop; %s keepalive time 1; hold time 3; connect retry time 1; ipv4 { import all; export all; }; }\\n' $1 $1 $2 $1 $3 $4 $3 "$5" > b$1.conf; }
conf 1 53 2 179 'passive on;'; conf 2 179 1 53 'strict bind on;'; exec bird -f -c b1.conf -s b1.ctl -P b1.pid`,
        ],
        clients: 'for round in 1 2 3; do timeout 6 bird -f -c b2.conf -s b2.ctl -P b2.pid; done; echo done',
        expected: /done/,
      },
    ],
  },
  {
    name: 'adb',
    holds: "adb's connect message; nothing answers",
    programs: ['adb', 'socat'],
    acts: [
      {
        servers: ['exec socat TCP-LISTEN:53,bind=127.0.0.1,fork,reuseaddr SYSTEM:"cat >/dev/null"'],
        clients: `adb start-server; for round in 1 2 3 4; do timeout 2 adb connect 127.0.0.1:53; adb disconnect; done; adb kill-server`,
        expected: /connect|127/,
      },
    ],
  },
  {
    name: 'sip',
    holds: 'SIP OPTIONS and others by sipsak, over UDP and TCP; socat answers with a status line',
    programs: ['sipsak', 'socat'],
    acts: [
      {
        servers: [
          "exec socat UDP-LISTEN:53,bind=127.0.0.1,fork 'SYSTEM:echo SIP/2.0 200 OK'",
          "exec socat TCP-LISTEN:53,bind=127.0.0.1,fork,reuseaddr 'SYSTEM:echo SIP/2.0 404 Not Found'",
        ],
        clients: `for user in ann bob; do for option in '' '-U -x 60' '-M -B hello' '-T'; do
timeout 1 sipsak $option -p 127.0.0.1:53 -s sip:$user@127.0.0.1:53; timeout 1 sipsak -E tcp $option -s sip:$user@127.0.0.1:53; done; done; echo done`,
        expected: /done/,
      },
    ],
  },
  {
    name: 'smb-mssql',
    holds: "SMB 1 to 3 between Impacket's client and server, and the opening of its MSSQL client",
    programs: ['impacket', 'python3', 'nc'],
    acts: [
      {
        servers: [
          `exec python3 ${IMPACKET}/smbserver.py -ip 127.0.0.1 -port 53 -smb2support share "$PWD"`,
          `sleep 2; while :; do timeout 1 nc -nl 127.0.0.2 53; done >/dev/null`,
        ],
        clients: `for user in guest ann administrator; do (echo shares; echo exit) | timeout 5 python3 ${IMPACKET}/smbclient.py -port 53 -no-pass $user@127.0.0.1; done
python3 - <<'END'
import socket
from impacket import smb, smb3structs, tds, nmb
from impacket.smbconnection import SMBConnection
for dialect in (smb.SMB_DIALECT, smb3structs.SMB2_DIALECT_002, smb3structs.SMB2_DIALECT_21, smb3structs.SMB2_DIALECT_30):
    try: SMBConnection("host", "127.0.0.1", sess_port=53, preferredDialect=dialect, timeout=3)
    except Exception as error: print(error)
try: tds.MSSQL("127.0.0.2", 53).connect()
except Exception as error: print(error)
mssql = tds.MSSQL("127.0.0.2", 53); mssql.connect(); mssql.socket.settimeout(1)
try: mssql.preLogin()
except Exception as error: print(error)
END
echo done`,
        expected: /done/,
      },
    ],
  },
  {
    name: 'syslog-iperf',
    holds: 'log lines by logger over UDP and TCP, and iperf3',
    programs: ['logger', 'socat', 'iperf3'],
    acts: [
      {
        servers: [
          'exec socat -u UDP-RECV:53,bind=127.0.0.1 /dev/null',
          'exec socat TCP-LISTEN:53,bind=127.0.0.1,fork,reuseaddr SYSTEM:"cat >/dev/null"',
        ],
        clients: `for priority in user.info auth.err kern.crit local7.debug daemon.notice; do for format in --rfc3164 --rfc5424; do for transport in -d -T '-T --octet-count'; do
logger -n 127.0.0.1 -P 53 $transport $format -p $priority -t agent "message $priority"; done; done; done`,
      },
      {
        servers: ['exec iperf3 -s -B 127.0.0.1 -p 53'],
        clients:
          'for option in "-n 20K" "-u -n 20K -b 1M -l 500" "-R -n 20K"; do timeout 5 iperf3 -c 127.0.0.1 -p 53 $option; done',
        expected: /Interval/,
      },
    ],
  },
]
