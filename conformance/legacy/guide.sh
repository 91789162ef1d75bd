#!/usr/bin/env bash
# A share from beginning to end with the shell lines of the Cloud Images guide: curl, variables, and answers taken apart with
# grep and sed. IDENTITY, PRODUCER, PRODUCER_KEY, CONSUMER, CONSUMER_KEY and IMAGE_ID come from the environment; everything
# else it finds out as the guide's readers do. Ends with the first line that does not work, and says which.
set -euo pipefail
step() { echo "== $*"; }
trap 'echo "failed at line $LINENO: $BASH_COMMAND"' ERR

# The first value of a key in JSON, as scripts of the time took it out.
value() { grep -o "\"$1\": *\"[^\"]*\"" | head -1 | sed 's/^"[^"]*": *"//; s/"$//'; }
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
expect() { [ "$1" = "$2" ] || { echo "expected $1, got $2"; return 1; }; }

step "Authenticate with an API key; take token, tenant and endpoint out of the answer"
login() {
    curl -s "$IDENTITY/tokens" -X 'POST' \
        -d '{"auth":{"RAX-KSKEY:apiKeyCredentials":{"username":"'"$1"'", "apiKey":"'"$2"'"}}}' \
        -H "Content-Type: application/json"
}
producer=$(login "$PRODUCER" "$PRODUCER_KEY")
consumer=$(login "$CONSUMER" "$CONSUMER_KEY")
token_of() { grep -o '"token":{[^}]*}' <<<"$1" | value id; }
tenant_of() { grep -o '"tenant":{[^}]*}' <<<"$1" | value id; }
AUTH_TOKEN=$(token_of "$producer")
CONSUMER_TOKEN=$(token_of "$consumer")
CONSUMER_TENANT=$(tenant_of "$consumer")
ENDPOINT=$(grep -o '"publicURL":"[^"]*/v2/[^"]*"' <<<"$producer" | value publicURL)
CONSUMER_ENDPOINT=$(grep -o '"publicURL":"[^"]*/v2/[^"]*"' <<<"$consumer" | value publicURL)
[ -n "$AUTH_TOKEN" ] && [ -n "$CONSUMER_TOKEN" ] && [ -n "$CONSUMER_TENANT" ] && [ -n "$ENDPOINT" ] && [ -n "$CONSUMER_ENDPOINT" ]
expect 401 "$(status "$IDENTITY/tokens" -d '{"auth":{"RAX-KSKEY:apiKeyCredentials":{"username":"'"$PRODUCER"'", "apiKey":"wrong"}}}' -H "Content-Type: application/json")"

step "The endpoint with and without a tenant, and with a version more than it should have"
BARE=${ENDPOINT%/*}
for address in "$ENDPOINT/images/$IMAGE_ID" "$BARE/images/$IMAGE_ID" "$BARE/v2/images/$IMAGE_ID" "$ENDPOINT/images/$IMAGE_ID.json"; do
    [ "$(curl -s "$address" -H "X-Auth-Token: $AUTH_TOKEN" | value id)" = "$IMAGE_ID" ]
done
# Somebody else's tenant is not a way in.
case $(status "${CONSUMER_ENDPOINT}/images" -H "X-Auth-Token: $AUTH_TOKEN") in 401 | 403 | 404) ;; *) false ;; esac

step "Share: add the consumer as a member"
answer=$(curl -s -X POST "$ENDPOINT/images/$IMAGE_ID/members" \
    -H "X-Auth-Token: $AUTH_TOKEN" -H "Content-Type: application/json" -H "Accept: application/json" \
    -d '{"member": "'"$CONSUMER_TENANT"'"}')
expect pending "$(value status <<<"$answer")"
expect "$CONSUMER_TENANT" "$(value member_id <<<"$answer")"
expect "$IMAGE_ID" "$(value image_id <<<"$answer")"
expect /v2/schemas/member "$(value schema <<<"$answer")"
expect 409 "$(status -X POST "$ENDPOINT/images/$IMAGE_ID/members" -H "X-Auth-Token: $AUTH_TOKEN" \
    -H "Content-Type: application/json" -d '{"member": "'"$CONSUMER_TENANT"'"}')"
expect 404 "$(status -X POST "$CONSUMER_ENDPOINT/images/$IMAGE_ID/members" -H "X-Auth-Token: $CONSUMER_TOKEN" \
    -H "Content-Type: application/json" -d '{"member": "somebody"}')"

step "The consumer finds what is pending"
pending=$(curl -s "$CONSUMER_ENDPOINT/images?visibility=shared&member_status=pending&limit=100" -H "X-Auth-Token: $CONSUMER_TOKEN")
grep -q "\"id\": *\"$IMAGE_ID\"" <<<"$pending"
curl -s "$CONSUMER_ENDPOINT/images" -H "X-Auth-Token: $CONSUMER_TOKEN" | grep -q "\"id\": *\"$IMAGE_ID\"" && false

step "The consumer accepts; the producer cannot do that for it"
accept() {
    curl -s -X PUT "$1/images/$IMAGE_ID/members/$CONSUMER_TENANT" -H "X-Auth-Token: $2" \
        -H "Content-Type: application/json" -d '{"status": "accepted"}' -w '\n%{http_code}'
}
expect 403 "$(accept "$ENDPOINT" "$AUTH_TOKEN" | tail -1)"
answer=$(accept "$CONSUMER_ENDPOINT" "$CONSUMER_TOKEN")
expect 200 "$(tail -1 <<<"$answer")"
expect accepted "$(value status <<<"$answer")"
curl -s "$CONSUMER_ENDPOINT/images" -H "X-Auth-Token: $CONSUMER_TOKEN" | grep -q "\"id\": *\"$IMAGE_ID\""

step "The producer looks at its guests"
expect accepted "$(curl -s "$ENDPOINT/images/$IMAGE_ID/members" -H "X-Auth-Token: $AUTH_TOKEN" | value status)"
expect accepted "$(curl -s "$ENDPOINT/images/$IMAGE_ID/members/$CONSUMER_TENANT" -H "X-Auth-Token: $AUTH_TOKEN" | value status)"

step "Tags, a new name, and the size of the disk"
expect 204 "$(status -X PUT "$ENDPOINT/images/$IMAGE_ID/tags/ready" -H "X-Auth-Token: $AUTH_TOKEN")"
expect 204 "$(status -X DELETE "$ENDPOINT/images/$IMAGE_ID/tags/ready" -H "X-Auth-Token: $AUTH_TOKEN")"
expect 404 "$(status -X DELETE "$ENDPOINT/images/$IMAGE_ID/tags/ready" -H "X-Auth-Token: $AUTH_TOKEN")"
expect 200 "$(status -X PATCH "$ENDPOINT/images/$IMAGE_ID" -H "X-Auth-Token: $AUTH_TOKEN" \
    -H "Content-Type: application/openstack-images-v2.1-json-patch" \
    -d '[{"op": "replace", "path": "/name", "value": "renamed by curl"}]')"
expect 415 "$(status -X PATCH "$ENDPOINT/images/$IMAGE_ID" -H "X-Auth-Token: $AUTH_TOKEN" \
    -H "Content-Type: text/plain" -d '[]')"
shown=$(curl -s "$ENDPOINT/images/$IMAGE_ID" -H "X-Auth-Token: $AUTH_TOKEN")
expect "renamed by curl" "$(value name <<<"$shown")"
grep -q '"min_disk": *[0-9]' <<<"$shown"

step "Take the share back"
expect 204 "$(status -X DELETE "$ENDPOINT/images/$IMAGE_ID/members/$CONSUMER_TENANT" -H "X-Auth-Token: $AUTH_TOKEN")"
expect 404 "$(status -X DELETE "$ENDPOINT/images/$IMAGE_ID/members/$CONSUMER_TENANT" -H "X-Auth-Token: $AUTH_TOKEN")"
expect 404 "$(status "$CONSUMER_ENDPOINT/images/$IMAGE_ID" -H "X-Auth-Token: $CONSUMER_TOKEN")"
expect 401 "$(status "$ENDPOINT/images" -H "X-Auth-Token: none")"
step "done"
