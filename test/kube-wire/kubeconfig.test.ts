import { assert } from "chai";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { SchedulerError } from "../../src/model/index.ts";
import { VirtualEnv } from "../support/virtual-env.ts";
import { kubeconfigText } from "./connect.ts";

const server = "https://10.0.0.1:6443";
const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

function load(files: Readonly<Record<string, string>>, context?: string): ReturnType<typeof loadKubeconfig> {
  const env = new VirtualEnv();
  for (const [path, content] of Object.entries(files)) env.fileContents.set(path, content);
  return loadKubeconfig(env.files, { file: "dir/kc", ...(context !== undefined && { context }) });
}

describe("kubeconfig: defects are one line that names file and reason", () => {
  const cases: readonly { name: string; files: Record<string, string>; context?: string; says: string }[] = [
    { name: "no such file", files: {}, says: "ENOENT: no such file or directory, open 'dir/kc'" },
    { name: "bad YAML", files: { "dir/kc": "a: [1\nsecret" }, says: "it is not YAML: " },
    {
      name: "an empty file",
      files: { "dir/kc": "" },
      says: "it is not YAML: expected a document, but the input is empty",
    },
    { name: "a list", files: { "dir/kc": "clusters: [1]" }, says: "clusters[0].name is missing" },
    { name: "null", files: { "dir/kc": "~" }, says: "it is no kubeconfig" },
    { name: "something else", files: { "dir/kc": "hello" }, says: "it has no current-context" },
    {
      name: "no clusters",
      files: { "dir/kc": "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]" },
      says: "context x names the cluster c, which it has not",
    },
    {
      name: "no user",
      files: {
        "dir/kc":
          "current-context: x\nclusters: [{name: c, cluster: {server: 'https://a'}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]",
      },
      says: "context x names the user u, which it has not",
    },
    {
      name: "a cluster without server",
      files: { "dir/kc": "clusters: [{name: c, cluster: {}}]" },
      says: "clusters[0].cluster.server is missing",
    },
    {
      name: "an unknown context",
      files: { "dir/kc": kubeconfigText({ server }) },
      context: "y",
      says: "it has no context y; its contexts are x",
    },
    {
      name: "a server that is no URL",
      files: { "dir/kc": kubeconfigText({ server: "nowhere" }) },
      says: "cluster c: its server is no http or https URL",
    },
    {
      name: "a proxy",
      files: { "dir/kc": kubeconfigText({ server, cluster: { "proxy-url": "http://p" } }) },
      says: "cluster c: proxy-url is not supported",
    },
    {
      name: "a CA file that is not there",
      files: { "dir/kc": kubeconfigText({ server, cluster: { "certificate-authority": "ca.crt" } }) },
      says: "ENOENT: no such file or directory, open 'dir/ca.crt'",
    },
    {
      name: "a CA that is no PEM",
      files: { "dir/kc": kubeconfigText({ server, cluster: { "certificate-authority-data": "aGVsbG8=" } }) },
      says: "certificate-authority-data is not in PEM format",
    },
    {
      name: "a tokenFile, which would be ignored",
      files: { "dir/kc": kubeconfigText({ server, user: { tokenFile: "t" } }) },
      says: "user u: tokenFile is not supported; give token, exec or a client certificate",
    },
  ];
  for (const { name, files, context, says } of cases) {
    it(name, () => {
      try {
        load(files, context);
        assert.fail("was accepted");
      } catch (error) {
        assert.instanceOf(error, SchedulerError);
        assert.equal(error.code, "kubeconfig");
        assert.isTrue(error.message.startsWith(`dir/kc: ${says}`), error.message);
        assert.notInclude(error.message, "\n");
        assert.notInclude(error.message, "secret"); // YAML errors quote the file
      }
    });
  }

  it("outside a pod, without a file", () => {
    withService(undefined, undefined, () => {
      const loadInPod = () => loadKubeconfig(new VirtualEnv().files, {});
      assert.throws(loadInPod, SchedulerError, "KUBERNETES_SERVICE_HOST is not set");
    });
  });
});

describe("kubeconfig: what is read", () => {
  it("takes cluster, user and namespace of the context, with paths relative to the file", () => {
    const text = kubeconfigText({ server: `${server}/prefix/`, cluster: { "certificate-authority": "ca.crt" } });
    const kubeconfig = load({ "dir/kc": text, "dir/ca.crt": pem });
    assert.equal(kubeconfig.server.href, `${server}/prefix`);
    assert.equal(kubeconfig.namespace, "ns");
    assert.equal(kubeconfig.cluster.caFile, "dir/ca.crt");
    assert.equal(kubeconfig.user.token, "t0");
  });

  it("takes the service account inside a pod", () => {
    withService("fd00::1", "443", () => {
      const env = new VirtualEnv();
      const folder = "/var/run/secrets/kubernetes.io/serviceaccount";
      assert.throws(() => loadKubeconfig(env.files, {}), SchedulerError, `open '${folder}/ca.crt'`);
      env.fileContents.set(`${folder}/ca.crt`, pem);
      env.fileContents.set(`${folder}/token`, "t1\n");
      const kubeconfig = loadKubeconfig(env.files, {});
      assert.equal(kubeconfig.server.href, "https://[fd00::1]/");
      assert.equal(kubeconfig.tokenFile, `${folder}/token`);
    });
  });
});

/** Runs with the variables that a pod has, which the client library reads from the process. */
function withService(host: string | undefined, port: string | undefined, run: () => void): void {
  const names = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"] as const;
  const before = names.map((name) => process.env[name]);
  const set = (values: readonly (string | undefined)[]): void => {
    names.forEach((name, index) => {
      const value = values[index];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    });
  };
  set([host, port]);
  try {
    run();
  } finally {
    set(before);
  }
}
