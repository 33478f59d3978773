# Sourced by the scripts beside it: goes to the repository, installs Node packages when the lockfile changed, and puts
# the pinned Node first on PATH.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root" || exit 1
fail() { echo "error: $1" >&2; echo "hint: $2" >&2; exit 1; }
if ! command -v npm >/dev/null 2>&1; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 ||
    fail "npm is missing" "install Node.js with npm (Debian: apt-get install nodejs npm)"
  echo "installing Debian packages: nodejs npm" >&2
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm; } >&2 ||
    fail "apt-get could not install nodejs and npm" "run: apt-get update && apt-get install nodejs npm"
fi
stamp=node_modules/.interspan-lock
install_packages() {
  if cmp -s package-lock.json "$stamp" && [ -x node_modules/.bin/node ]; then return; fi
  echo "installing Node packages (npm ci)" >&2
  npm ci --no-fund --no-audit --loglevel=error >&2 || fail "npm ci failed" "its output above says why"
  cp package-lock.json "$stamp"
}
# Two scripts may start at once.
(flock 9 && install_packages) 9>.setup.lock || exit 1
PATH=$root/node_modules/.bin:$PATH
export PATH
case $(node --version) in
  v26.*) ;;
  *) fail "node_modules/.bin/node is $(node --version), not 26" "remove node_modules and run again with lifecycle scripts allowed" ;;
esac
