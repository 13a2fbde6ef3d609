#!/bin/sh
# Certificates for a broker and those who connect to it, with openssl: ECDSA P-256.
#   certificates.sh authority FOLDER              once; keep authority.key off the broker
#   certificates.sh broker FOLDER HOST...         names or IP addresses that clients connect to
#   certificates.sh node FOLDER SITE NODE         an agent: its name is SITE/NODE
#   certificates.sh role FOLDER operator|reader PERSON
# DAYS=825 in the environment says how long they are valid (the authority: ten years).
set -eu
umask 077

die() { echo "certificates.sh: $1" >&2; exit 2; }
name_ok() { printf '%s' "$1" | grep -Eq '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' || die "no name: $1"; }

[ $# -ge 2 ] || die "usage: certificates.sh authority|broker|node|role FOLDER ..."
what=$1 folder=$2
shift 2
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# issue FILE SUBJECT EXTENSIONS
issue() {
  [ -f "$folder/authority.key" ] || die "no authority in $folder: certificates.sh authority $folder"
  [ ! -e "$folder/$1.key" ] || die "$folder/$1.key exists; keys are never replaced"
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n%s\n' "$3" >"$work/extensions"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" \
    -keyout "$work/key" -out "$work/request" 2>/dev/null || die "openssl made no request for $2"
  openssl x509 -req -in "$work/request" -CA "$folder/authority.crt" -CAkey "$folder/authority.key" \
    -set_serial "0x$(openssl rand -hex 16)" -days "${DAYS:-825}" -extfile "$work/extensions" \
    -out "$work/certificate" 2>/dev/null || die "openssl signed no certificate for $2"
  mv "$work/key" "$folder/$1.key"
  mv "$work/certificate" "$folder/$1.crt"
  chmod 644 "$folder/$1.crt"
  echo "$folder/$1.crt $folder/$1.key"
}

case $what in
authority)
  [ $# -eq 0 ] || die "usage: certificates.sh authority FOLDER"
  [ ! -e "$folder/authority.key" ] || die "$folder/authority.key exists; keys are never replaced"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=firsteight fleet' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -keyout "$folder/authority.key" -out "$folder/authority.crt" 2>/dev/null
  chmod 644 "$folder/authority.crt"
  echo "$folder/authority.crt $folder/authority.key"
  ;;
broker)
  [ $# -ge 1 ] || die "usage: certificates.sh broker FOLDER HOST..."
  names=
  for host; do
    printf '%s' "$host" | grep -Eq '^[A-Za-z0-9.:-]+$' || die "no host: $host"
    if printf '%s' "$host" | grep -Eq '^[0-9.]+$|:'; then kind=IP; else kind=DNS; fi
    names="$names${names:+,}$kind:$host"
  done
  issue broker '/CN=firsteight broker' "extendedKeyUsage=serverAuth
subjectAltName=$names"
  ;;
node)
  [ $# -eq 2 ] || die "usage: certificates.sh node FOLDER SITE NODE"
  name_ok "$1"
  name_ok "$2"
  [ "$(printf '%s/%s' "$1" "$2" | wc -c)" -le 64 ] || die "SITE/NODE is longer than 64 characters, which no certificate can say"
  issue "$1.$2" "/CN=$1\\/$2" extendedKeyUsage=clientAuth
  ;;
role)
  [ $# -eq 2 ] || die "usage: certificates.sh role FOLDER operator|reader PERSON"
  [ "$1" = operator ] || [ "$1" = reader ] || die "no role: $1"
  name_ok "$2"
  issue "$1.$2" "/OU=$2/CN=$1" extendedKeyUsage=clientAuth
  ;;
*) die "unknown: $what" ;;
esac
