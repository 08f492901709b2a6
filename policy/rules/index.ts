import type { Rule } from "../rule.ts";
import { admissionPolicyEnforceDenial } from "./admission-policy/enforce-denial.ts";
import { apiDisallowUnstable } from "./api/disallow-unstable.ts";
import { authorizationPolicyDisallowDenyByPath } from "./authorization-policy/disallow-deny-by-path.ts";
import { authorizationPolicyDisallowDryRun } from "./authorization-policy/disallow-dry-run.ts";
import { authorizationPolicyDisallowEscapableDeny } from "./authorization-policy/disallow-escapable-deny.ts";
import { authorizationPolicyDisallowHttpAtZtunnel } from "./authorization-policy/disallow-http-at-ztunnel.ts";
import { authorizationPolicyDisallowHttpByPort } from "./authorization-policy/disallow-http-by-port.ts";
import { authorizationPolicyDisallowNegativeAllow } from "./authorization-policy/disallow-negative-allow.ts";
import { authorizationPolicyDisallowUnmatchableValue } from "./authorization-policy/disallow-unmatchable-value.ts";
import { authorizationPolicyDisallowWildcardSource } from "./authorization-policy/disallow-wildcard-source.ts";
import { authorizationPolicyEnforceKnownIssuer } from "./authorization-policy/enforce-known-issuer.ts";
import { authorizationPolicyEnforceKnownPrincipals } from "./authorization-policy/enforce-known-principals.ts";
import { authorizationPolicyEnforcePathsAndMethods } from "./authorization-policy/enforce-paths-and-methods.ts";
import { authorizationPolicyEnforceSource } from "./authorization-policy/enforce-source.ts";
import { authorizationPolicyEnforceWaypointSource } from "./authorization-policy/enforce-waypoint-source.ts";
import { authorizationPolicyEnforceWaypoint } from "./authorization-policy/enforce-waypoint.ts";
import { canaryConfigurePrimaryPolicies } from "./canary/configure-primary-policies.ts";
import { destinationRuleConfigureEjectionShare } from "./destination-rule/configure-ejection-share.ts";
import { destinationRuleConfigureServerVerification } from "./destination-rule/configure-server-verification.ts";
import { destinationRuleDisallowMeshTlsOutside } from "./destination-rule/disallow-mesh-tls-outside.ts";
import { destinationRuleDisallowPlaintext } from "./destination-rule/disallow-plaintext.ts";
import { destinationRuleDisallowRemovedFields } from "./destination-rule/disallow-removed-fields.ts";
import { destinationRuleEnforceConnectionPool } from "./destination-rule/enforce-connection-pool.ts";
import { destinationRuleEnforceOutlierDetection } from "./destination-rule/enforce-outlier-detection.ts";
import { destinationRuleEnforceServerVerification } from "./destination-rule/enforce-server-verification.ts";
import { exemptionEnforceComplete } from "./exemption/enforce-complete.ts";
import { gatewayApiConfigureJudgedKinds } from "./gateway-api/configure-judged-kinds.ts";
import { gatewayApiEnforceKnownReferences } from "./gateway-api/enforce-known-references.ts";
import { gatewayApiEnforceTlsVersion } from "./gateway-api/enforce-tls-version.ts";
import { gatewayDisallowAnyHost } from "./gateway/disallow-any-host.ts";
import { gatewayDisallowRivalServer } from "./gateway/disallow-rival-server.ts";
import { gatewayDisallowSharedCertificate } from "./gateway/disallow-shared-certificate.ts";
import { gatewayEnforceHttps } from "./gateway/enforce-https.ts";
import { gatewayEnforceTlsVersion } from "./gateway/enforce-tls-version.ts";
import { grafanaDisallowAnonymous } from "./grafana/disallow-anonymous.ts";
import { kialiDisallowAnonymous } from "./kiali/disallow-anonymous.ts";
import { meshDisallowRivals } from "./mesh/disallow-rivals.ts";
import { meshEnforceAccessLogging } from "./mesh/enforce-access-logging.ts";
import { meshEnforceStrict } from "./mesh/enforce-strict.ts";
import { namespaceEnforceDenyByDefault } from "./namespace/enforce-deny-by-default.ts";
import { namespaceEnforceInjection } from "./namespace/enforce-injection.ts";
import { peerAuthenticationEnforceInheritedStrict } from "./peer-authentication/enforce-inherited-strict.ts";
import { peerAuthenticationEnforceStrict } from "./peer-authentication/enforce-strict.ts";
import { referenceEnforceGateway } from "./reference/enforce-gateway.ts";
import { referenceEnforceHost } from "./reference/enforce-host.ts";
import { referenceEnforceNamespace } from "./reference/enforce-namespace.ts";
import { referenceEnforceRevision } from "./reference/enforce-revision.ts";
import { referenceEnforceServer } from "./reference/enforce-server.ts";
import { referenceEnforceWorkload } from "./reference/enforce-workload.ts";
import { releaseConfigureRedundancy } from "./release/configure-redundancy.ts";
import { releaseDisallowFloatingVersion } from "./release/disallow-floating-version.ts";
import { releaseDisallowPassword } from "./release/disallow-password.ts";
import { releaseDisallowRetiredHost } from "./release/disallow-retired-host.ts";
import { releaseDisallowUnquotableText } from "./release/disallow-unquotable-text.ts";
import { releaseDisallowUnsafeDefaultRetries } from "./release/disallow-unsafe-default-retries.ts";
import { releaseEnforceAutoMtls } from "./release/enforce-auto-mtls.ts";
import { releaseEnforceOneVersion } from "./release/enforce-one-version.ts";
import { releaseEnforcePathNormalization } from "./release/enforce-path-normalization.ts";
import { releaseEnforceSupportedLine } from "./release/enforce-supported-line.ts";
import { requestAuthenticationEnforceRequiredToken } from "./request-authentication/enforce-required-token.ts";
import { secretDisallowDefault } from "./secret/disallow-default.ts";
import { serviceEntryDisallowRivalHost } from "./service-entry/disallow-rival-host.ts";
import { serviceDisallowRivalProtocol } from "./service/disallow-rival-protocol.ts";
import { serviceConfigurePortProtocol } from "./service/configure-port-protocol.ts";
import { telemetryConfigureSampling } from "./telemetry/configure-sampling.ts";
import { telemetryDisallowDisabledAccessLog } from "./telemetry/disallow-disabled-access-log.ts";
import { telemetryEnforceDefinedProvider } from "./telemetry/enforce-defined-provider.ts";
import { virtualServiceConfigureRetries } from "./virtual-service/configure-retries.ts";
import { virtualServiceConfigureRetryBudget } from "./virtual-service/configure-retry-budget.ts";
import { virtualServiceDisallowAnyHost } from "./virtual-service/disallow-any-host.ts";
import { virtualServiceDisallowFaults } from "./virtual-service/disallow-faults.ts";
import { virtualServiceDisallowRivalHost } from "./virtual-service/disallow-rival-host.ts";
import { virtualServiceDisallowUnreachableRoute } from "./virtual-service/disallow-unreachable-route.ts";
import { virtualServiceDisallowUnreadableExpression } from "./virtual-service/disallow-unreadable-expression.ts";
import { virtualServiceDisallowUnsafeDelegateRetries } from "./virtual-service/disallow-unsafe-delegate-retries.ts";
import { virtualServiceDisallowUnsafeRetries } from "./virtual-service/disallow-unsafe-retries.ts";
import { virtualServiceEnforceDelegateTimeout } from "./virtual-service/enforce-delegate-timeout.ts";
import { virtualServiceEnforceDestinationRule } from "./virtual-service/enforce-destination-rule.ts";
import { virtualServiceEnforceSubset } from "./virtual-service/enforce-subset.ts";
import { virtualServiceEnforceTimeout } from "./virtual-service/enforce-timeout.ts";
import { virtualServiceEnforceWeights } from "./virtual-service/enforce-weights.ts";
import { workloadConfigureImageDigest } from "./workload/configure-image-digest.ts";
import { workloadConfigureInjectionTemplate } from "./workload/configure-injection-template.ts";
import { workloadDisallowCapabilities } from "./workload/disallow-capabilities.ts";
import { workloadDisallowCaptureExclusion } from "./workload/disallow-capture-exclusion.ts";
import { workloadDisallowFloatingTag } from "./workload/disallow-floating-tag.ts";
import { workloadDisallowOptOut } from "./workload/disallow-opt-out.ts";
import { workloadDisallowRetiredImage } from "./workload/disallow-retired-image.ts";
import { workloadDisallowSharedServiceAccount } from "./workload/disallow-shared-service-account.ts";
import { workloadEnforceServiceAccount } from "./workload/enforce-service-account.ts";

/** Every rule of the pack, in the order of the README: identity and encryption first. */
export const rules: readonly Rule[] = [
    meshEnforceStrict,
    peerAuthenticationEnforceStrict,
    peerAuthenticationEnforceInheritedStrict,
    destinationRuleDisallowPlaintext,
    namespaceEnforceInjection,
    workloadDisallowOptOut,
    workloadDisallowCaptureExclusion,
    workloadDisallowCapabilities,
    workloadConfigureInjectionTemplate,
    workloadEnforceServiceAccount,
    workloadDisallowSharedServiceAccount,
    namespaceEnforceDenyByDefault,
    admissionPolicyEnforceDenial,
    authorizationPolicyEnforceSource,
    authorizationPolicyDisallowWildcardSource,
    authorizationPolicyDisallowNegativeAllow,
    authorizationPolicyDisallowDenyByPath,
    authorizationPolicyDisallowEscapableDeny,
    authorizationPolicyDisallowUnmatchableValue,
    authorizationPolicyEnforceKnownPrincipals,
    authorizationPolicyEnforcePathsAndMethods,
    authorizationPolicyDisallowHttpByPort,
    authorizationPolicyDisallowHttpAtZtunnel,
    authorizationPolicyEnforceWaypoint,
    authorizationPolicyEnforceWaypointSource,
    authorizationPolicyDisallowDryRun,
    requestAuthenticationEnforceRequiredToken,
    authorizationPolicyEnforceKnownIssuer,
    canaryConfigurePrimaryPolicies,
    referenceEnforceWorkload,
    referenceEnforceHost,
    referenceEnforceGateway,
    referenceEnforceServer,
    referenceEnforceNamespace,
    referenceEnforceRevision,
    gatewayEnforceTlsVersion,
    gatewayEnforceHttps,
    gatewayDisallowAnyHost,
    gatewayDisallowRivalServer,
    gatewayDisallowSharedCertificate,
    virtualServiceDisallowAnyHost,
    virtualServiceDisallowRivalHost,
    serviceEntryDisallowRivalHost,
    virtualServiceDisallowUnreachableRoute,
    virtualServiceDisallowUnreadableExpression,
    meshDisallowRivals,
    gatewayApiEnforceTlsVersion,
    gatewayApiEnforceKnownReferences,
    gatewayApiConfigureJudgedKinds,
    destinationRuleDisallowMeshTlsOutside,
    destinationRuleEnforceServerVerification,
    destinationRuleConfigureServerVerification,
    virtualServiceEnforceDestinationRule,
    destinationRuleEnforceConnectionPool,
    destinationRuleEnforceOutlierDetection,
    destinationRuleDisallowRemovedFields,
    destinationRuleConfigureEjectionShare,
    virtualServiceEnforceSubset,
    virtualServiceEnforceWeights,
    virtualServiceEnforceTimeout,
    virtualServiceEnforceDelegateTimeout,
    virtualServiceConfigureRetryBudget,
    virtualServiceDisallowUnsafeRetries,
    virtualServiceDisallowUnsafeDelegateRetries,
    virtualServiceConfigureRetries,
    releaseDisallowUnsafeDefaultRetries,
    virtualServiceDisallowFaults,
    releaseEnforceAutoMtls,
    releaseEnforcePathNormalization,
    releaseEnforceSupportedLine,
    releaseEnforceOneVersion,
    releaseDisallowRetiredHost,
    releaseDisallowFloatingVersion,
    releaseConfigureRedundancy,
    apiDisallowUnstable,
    meshEnforceAccessLogging,
    telemetryDisallowDisabledAccessLog,
    telemetryEnforceDefinedProvider,
    telemetryConfigureSampling,
    serviceConfigurePortProtocol,
    serviceDisallowRivalProtocol,
    secretDisallowDefault,
    releaseDisallowPassword,
    releaseDisallowUnquotableText,
    kialiDisallowAnonymous,
    grafanaDisallowAnonymous,
    workloadDisallowRetiredImage,
    workloadDisallowFloatingTag,
    workloadConfigureImageDigest,
    exemptionEnforceComplete,
];
