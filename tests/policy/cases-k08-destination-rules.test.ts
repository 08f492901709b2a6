import { describeCases } from "./cases.ts";

describeCases("which DestinationRule counts", {
    "c24-dr-other-namespace.yaml": [
        "mandatory istio-virtual-service-enforce-destination-rule: VirtualService shop/reviews: spec.http[0].route[0].destination.host: reviews.shop.svc.cluster.local has no DestinationRule that callers in shop read, DestinationRule istio-config/reviews is not for them; one without a workloadSelector in one of shop, istio-system, exported to them, is required",
    ],
    "c26-dr-wildcard-order.yaml": [
        "mandatory istio-destination-rule-enforce-connection-pool: DestinationRule shop/shop: spec.trafficPolicy.connectionPool: no connection pool; limits are required for a host with routes",
        "mandatory istio-destination-rule-enforce-outlier-detection: DestinationRule shop/shop: spec.trafficPolicy.outlierDetection: no outlier detection; it is required for a host with routes",
    ],
    "c27-dr-two-for-one-host.yaml": [],
    "c66-dr-wildcard-order-false-alarm.yaml": [],
    "k08-client-side.yaml": [],
    "k08-client-wildcard.yaml": [
        "mandatory istio-destination-rule-enforce-connection-pool: DestinationRule front/all: spec.trafficPolicy.connectionPool: no connection pool; limits are required for a host with routes",
        "mandatory istio-destination-rule-enforce-outlier-detection: DestinationRule front/all: spec.trafficPolicy.outlierDetection: no outlier detection; it is required for a host with routes",
    ],
    "k08-exported-by-name.yaml": [],
    "k08-gateway-elsewhere.yaml": [
        "mandatory istio-virtual-service-enforce-destination-rule: VirtualService front/reviews: spec.http[0].route[0].destination.host: reviews.shop.svc.cluster.local has no DestinationRule that callers in istio-ingress read, DestinationRule front/reviews is not for them; one without a workloadSelector in one of shop, istio-ingress, istio-system, exported to them, is required",
    ],
    "k08-gateway.yaml": [],
    "k08-private-elsewhere.yaml": [
        "mandatory istio-virtual-service-enforce-destination-rule: VirtualService front/reviews: spec.http[0].route[0].destination.host: reviews.shop.svc.cluster.local has no DestinationRule that callers in front read, DestinationRule shop/reviews is not for them; one without a workloadSelector in one of shop, front, istio-system, exported to them, is required",
    ],
    "k08-root-private.yaml": [
        "mandatory istio-virtual-service-enforce-destination-rule: VirtualService shop/reviews: spec.http[0].route[0].destination.host: reviews.shop.svc.cluster.local has no DestinationRule that callers in shop read, DestinationRule istio-system/reviews is not for them; one without a workloadSelector in one of shop, istio-system, exported to them, is required",
    ],
    "k08-root.yaml": [],
    "k08-selector.yaml": [
        "mandatory istio-virtual-service-enforce-destination-rule: VirtualService shop/reviews: spec.http[0].route[0].destination.host: reviews.shop.svc.cluster.local has no DestinationRule that callers in shop read, DestinationRule shop/reviews is not for them; one without a workloadSelector in one of shop, istio-system, exported to them, is required",
    ],
    "k08-two-exports.yaml": [
        "mandatory istio-mesh-disallow-rivals: DestinationRule shop/reviews-subsets: spec.exportTo: DestinationRule shop/reviews-breaker for the same host is exported elsewhere, so they are not merged and only one holds; the same exportTo, or one DestinationRule, is required",
        "mandatory istio-destination-rule-enforce-connection-pool: DestinationRule shop/reviews-subsets: spec.trafficPolicy.connectionPool: no connection pool; limits are required for a host with routes",
        "mandatory istio-destination-rule-enforce-outlier-detection: DestinationRule shop/reviews-subsets: spec.trafficPolicy.outlierDetection: no outlier detection; it is required for a host with routes",
    ],
});
