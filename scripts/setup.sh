# Sourced by the scripts beside it: goes to the repository, installs Node packages when the lockfile changed, and puts
# the pinned Node first on PATH.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) && cd "$root" || exit 1
fail() { echo "error: $1" >&2; echo "hint: $2" >&2; exit 1; }
if ! command -v npm >/dev/null 2>&1; then
  by_hand='as root: apt-get update && apt-get install --no-install-recommends nodejs npm'
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || fail "npm is missing" "install Node.js with npm ($by_hand)"
  if [ -t 0 ] && [ -z "${CI-}" ]; then
    printf 'Install Debian packages nodejs npm? [Y/n] ' >&2
    read -r answer || answer=no
    case $answer in '' | y | Y | yes) ;; *) fail "npm is missing" "$by_hand" ;; esac
  fi
  echo "installing Debian packages: nodejs npm" >&2
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm; } >/dev/null || fail "apt-get failed" "$by_hand"
fi
install_node_packages() {
  cmp -s package-lock.json node_modules/.interspan-lock && [ -x node_modules/.bin/node ] && return
  echo "installing Node packages (npm ci)" >&2
  npm ci --no-fund --no-audit --loglevel=error >&2 || fail "npm ci failed" "its output above says why"
  cp package-lock.json node_modules/.interspan-lock
}
# Two scripts may start at once.
({ flock -n 9 || { echo "waiting for another run of scripts/" >&2 && flock 9; }; } && install_node_packages) 9>.setup.lock || exit 1
PATH=$root/node_modules/.bin:$PATH
export PATH
case $(node --version) in
  v26.*) ;;
  *) fail "node_modules/.bin/node is not version 26" "remove node_modules and try again; npm must run the install script of the package node" ;;
esac
