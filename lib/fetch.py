"""Fetches the Keepaloft agent from its bucket, verifies it and runs its installer: fetch.py BUCKET REGION

Part of user-data, hence constant for ever: with one byte changed here, CloudFormation restarts every instance. What may
change is said by agent/channel.json in the bucket. Python's own library only: cloud-init brings Python, and few images
have the AWS CLI. Credentials are the instance's own (IMDSv2); the environment is not asked.
"""
import email.utils, hashlib, hmac, http.client, json, os, platform, shutil, subprocess, sys, tarfile, tempfile, time

BUCKET, REGION = sys.argv[1:3]
HOME = "/opt/keepaloft"
skew = 0.0


def imds(method, path, headers):
    connection = http.client.HTTPConnection("169.254.169.254", timeout=5)
    connection.request(method, "/latest/" + path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        raise OSError("the metadata service answers %d for %s (has the instance a role?)" % (answer.status, path))
    return text


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def get(key, target):
    global skew
    token = {"X-aws-ec2-metadata-token": imds("PUT", "api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "300"})}
    roles = "meta-data/iam/security-credentials/"
    keys = json.loads(imds("GET", roles + imds("GET", roles, token).strip(), token))
    host = "%s.s3.dualstack.%s.%s" % (BUCKET, REGION, imds("GET", "meta-data/services/domain", token).strip())
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + skew))
    scope = [now[:8], REGION, "s3", "aws4_request"]
    nothing = hashlib.sha256(b"").hexdigest()
    headers = {"host": host, "x-amz-content-sha256": nothing, "x-amz-date": now, "x-amz-security-token": keys["Token"]}
    lines = ["%s:%s" % pair for pair in sorted(headers.items())]
    names = ";".join(sorted(headers))
    request = "\n".join(["GET", "/" + key, ""] + lines + ["", names, nothing])
    digest = hashlib.sha256(request.encode()).hexdigest()
    secret = ("AWS4" + keys["SecretAccessKey"]).encode()
    for part in scope:
        secret = sign(secret, part)
    signature = sign(secret, "\n".join(["AWS4-HMAC-SHA256", now, "/".join(scope), digest])).hex()
    credential = "/".join([keys["AccessKeyId"]] + scope)
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s" % (credential, names, signature)
    connection = http.client.HTTPSConnection(host, timeout=30)
    connection.request("GET", "/" + key, headers=headers)
    answer = connection.getresponse()
    if answer.getheader("Date"):
        skew = email.utils.parsedate_to_datetime(answer.getheader("Date")).timestamp() - time.time()
    if answer.status != 200:
        raise OSError("S3 answers %d for %s: %s" % (answer.status, key, answer.read(300).decode("utf-8", "replace")))
    shutil.copyfileobj(answer, target)
    if answer.getheader("Content-Length") != str(target.tell()):
        raise OSError("the connection ended within " + key)


def install(folder):
    with open(folder + "/channel.json", "w+b") as file:
        get("agent/channel.json", file)
        file.seek(0)
        channel = json.loads(file.read().decode())
    machine = platform.machine()
    artefact = channel["artefacts"].get({"x86_64": "x64", "aarch64": "arm64"}.get(machine, machine))
    if artefact is None:
        sys.exit("keepaloft: there is no agent for " + machine)
    digest = hashlib.sha256()
    with open(folder + "/agent.tar.gz", "w+b") as file:
        get(artefact["key"], file)
        file.seek(0)
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    if digest.hexdigest() != artefact["sha256"]:
        text = "keepaloft: REFUSED, nothing was installed: s3://%s/%s has sha256 %s, agent/channel.json says %s"
        sys.exit(text % (BUCKET, artefact["key"], digest.hexdigest(), artefact["sha256"]))
    with tarfile.open(folder + "/agent.tar.gz") as archive:
        archive.extraction_filter = getattr(tarfile, "tar_filter", None)
        archive.extractall(folder)
    return subprocess.call(["sh", folder + "/agent/install.sh"] + channel.get("arguments", []))


# Beside the agent's place: /tmp may be mounted noexec, or be small.
os.makedirs(HOME, 0o755, exist_ok=True)
for left in range(30, -1, -1):
    place = tempfile.mkdtemp(prefix=".fetch-", dir=HOME)
    try:
        sys.exit(install(place))
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        # Rights, routes and the bucket's content may be minutes behind the instance.
        print("keepaloft: %s; %s" % (error, "trying again" if left else "giving up"), file=sys.stderr, flush=True)
        if not left:
            sys.exit(1)
        time.sleep(10)
    finally:
        shutil.rmtree(place, ignore_errors=True)
