import { describeCases } from "./cases.ts";

describeCases("pods that walk around their sidecar", {
    "c03-uid-1337.yaml": [
        "mandatory istio-workload-disallow-capture-exclusion: Deployment shop/cart: spec.template.spec.securityContext.runAsUser: 1337 is the proxy's own user, whose traffic is not captured; all traffic goes through the sidecar",
    ],
    "c05-net-admin.yaml": [
        "mandatory istio-workload-disallow-capabilities: Deployment shop/cart: spec.template.spec.containers[0].securityContext.capabilities.add[0]: NET_ADMIN rewrites the redirection to the sidecar; only istio-init may",
    ],
    "c06-interception-none.yaml": [
        "mandatory istio-workload-disallow-capture-exclusion: Release istio-system/istiod: values.meshConfig.defaultConfig.interceptionMode: NONE captures nothing; all traffic goes through the sidecar",
    ],
    "c07-autoinject-disabled.yaml": [
        "mandatory istio-workload-disallow-opt-out: Release istio-system/istiod: values.global.proxy.autoInject: disabled leaves every pod without a sidecar that does not ask for it; every pod of the mesh needs its sidecar",
    ],
    "c58-proxyless-grpc.yaml": [
        'advisory istio-workload-configure-injection-template: Deployment shop/echo: spec.template.metadata.annotations["inject.istio.io/templates"]: grpc-agent is not known to bring Envoy; the template sidecar, alone or among others, is advised',
    ],
    "k02-charts.yaml": [
        "advisory istio-workload-configure-injection-template: Deployment shop/cart: spec.template.spec.containers[1].image: example.com/cart:1.0@sha256:0000000000000000000000000000000000000000000000000000000000000000 in place of istio-proxy is not known to be Envoy; auto, or Istio's own image, is advised",
        'advisory istio-workload-configure-injection-template: Release shop/cache: values.podAnnotations["inject.istio.io/templates"]: grpc-agent is not known to bring Envoy; the template sidecar, alone or among others, is advised',
        "mandatory istio-workload-disallow-capabilities: Release shop/cache: values.containerSecurityContext.capabilities.add[0]: NET_ADMIN rewrites the redirection to the sidecar; only istio-init may",
        "mandatory istio-workload-disallow-capabilities: Release shop/cache: values.containerSecurityContext.privileged: true rewrites the redirection to the sidecar; only istio-init may",
        'mandatory istio-workload-disallow-capture-exclusion: Release shop/cache: values.podAnnotations["proxy.istio.io/config"].interceptionMode: NONE captures nothing; all traffic goes through the sidecar',
    ],
    "k02-identities-right.yaml": [],
    "k02-identities.yaml": [
        "mandatory istio-workload-disallow-capture-exclusion: Release shop/cache: values.master.containerSecurityContext.runAsUser: 1337 is the proxy's own user, whose traffic is not captured; all traffic goes through the sidecar",
        "mandatory istio-workload-disallow-capture-exclusion: Release shop/cache: values.replica.podSecurityContext.runAsGroup: 1337 is the proxy's own group, whose traffic is not captured; all traffic goes through the sidecar",
        "mandatory istio-workload-disallow-capture-exclusion: StatefulSet shop/cart: spec.template.spec.containers[0].securityContext.runAsUser: 1337 is the proxy's own user, whose traffic is not captured; all traffic goes through the sidecar",
        "mandatory istio-workload-disallow-capture-exclusion: StatefulSet shop/cart: spec.template.spec.initContainers[0].securityContext.runAsUser: 1337 is the proxy's own user, whose traffic is not captured; all traffic goes through the sidecar",
        "mandatory istio-workload-disallow-capture-exclusion: StatefulSet shop/cart: spec.template.spec.securityContext.runAsGroup: 1337 is the proxy's own group, whose traffic is not captured; all traffic goes through the sidecar",
    ],
    "k02-injector.yaml": [
        "advisory istio-workload-configure-injection-template: Release istio-system/istiod: values.sidecarInjectorWebhook.defaultTemplates: grpc-agent is not known to bring Envoy; the template sidecar, alone or among others, is advised",
        "mandatory istio-workload-disallow-capture-exclusion: Release istio-system/cni: values.cni.excludeNamespaces[1]: nothing redirects the pods of shop to their sidecars; all traffic goes through the sidecar",
        'mandatory istio-workload-disallow-capture-exclusion: Release istio-system/istiod: values.sidecarInjectorWebhook.injectedAnnotations["traffic.sidecar.istio.io/excludeInboundPorts"]: lets in 9090 without the sidecar; all traffic goes through the sidecar',
        "mandatory istio-workload-disallow-opt-out: Release istio-system/istiod: values.sidecarInjectorWebhook.neverInjectSelector[1]: pods that it selects get no sidecar anywhere; every pod of the mesh needs its sidecar",
    ],
    "k02-opt-outs.yaml": [
        'mandatory istio-workload-disallow-opt-out: Deployment mesh/d: spec.template.metadata.labels["istio.io/dataplane-mode"]: none leaves the pod without ztunnel; every pod of the mesh needs ztunnel or a sidecar',
        'mandatory istio-workload-disallow-opt-out: Deployment shop/a: spec.template.metadata.labels["sidecar.istio.io/inject"]: disabled leaves the pod without a sidecar; every pod of the mesh needs its sidecar',
        'mandatory istio-workload-disallow-opt-out: Deployment shop/b: spec.template.metadata.annotations["sidecar.istio.io/status"]: the pod claims to be injected already, and has no istio-proxy; every pod of the mesh needs its sidecar',
        "mandatory istio-workload-disallow-opt-out: Release shop/exporter: values.hostNetwork: pods on the node's network get no sidecar; every pod of the mesh needs its sidecar",
    ],
    "k02-privileged-right.yaml": [],
    "k02-privileged.yaml": [
        "mandatory istio-workload-disallow-capabilities: Deployment shop/cart: spec.template.spec.containers[0].securityContext.privileged: true rewrites the redirection to the sidecar; only istio-init may",
        "mandatory istio-workload-disallow-capabilities: Deployment shop/cart: spec.template.spec.containers[1].securityContext.capabilities.add[0]: SYS_ADMIN rewrites the redirection to the sidecar; only istio-init may",
        "mandatory istio-workload-disallow-capabilities: Deployment shop/cart: spec.template.spec.containers[1].securityContext.capabilities.add[1]: NET_ADMIN rewrites the redirection to the sidecar; only istio-init may",
        "mandatory istio-workload-disallow-capabilities: Deployment shop/cart: spec.template.spec.containers[1].securityContext.capabilities.add[2]: ALL rewrites the redirection to the sidecar; only istio-init may",
        "mandatory istio-workload-disallow-capabilities: Deployment shop/cart: spec.template.spec.initContainers[0].securityContext.capabilities.add[0]: NET_RAW sends packets that are redirected nowhere; only istio-init may",
    ],
    "k02-proxy-config-right.yaml": [],
    "k02-proxy-config.yaml": [
        'mandatory istio-workload-disallow-capture-exclusion: Deployment shop/cart: spec.template.metadata.annotations["proxy.istio.io/config"].interceptionMode: NONE captures nothing; all traffic goes through the sidecar',
        'mandatory istio-workload-disallow-capture-exclusion: Deployment shop/web: spec.template.metadata.annotations["ambient.istio.io/bypass-inbound-capture"]: true lets in everything without ztunnel; all traffic goes through the sidecar',
        'mandatory istio-workload-disallow-capture-exclusion: Deployment shop/web: spec.template.metadata.annotations["proxy.istio.io/config"].interceptionMode: NONE captures nothing; all traffic goes through the sidecar',
        "mandatory istio-workload-disallow-capture-exclusion: Sidecar shop/cart: spec.egress[0].captureMode: NONE captures nothing; all traffic goes through the sidecar",
        "mandatory istio-workload-disallow-capture-exclusion: Sidecar shop/cart: spec.ingress[0].captureMode: NONE captures nothing; all traffic goes through the sidecar",
    ],
    "k02-templates-right.yaml": [],
});
