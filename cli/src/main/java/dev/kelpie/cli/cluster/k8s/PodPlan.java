package dev.kelpie.cli.cluster.k8s;

import java.util.List;
import java.util.Map;

/**
 * A run as its manifests have it.
 *
 * @param name of the run, and of what belongs to it
 * @param domain of the cluster's DNS
 * @param image with this build
 * @param port of the actors of each pod
 * @param bulkPort of the files of each pod
 * @param workers rollout pods
 * @param learnerCores processors of the learner's pod, and of the rewards'
 * @param rolloutCores processors of a rollout pod
 * @param memory of each pod, as Kubernetes writes it
 * @param storage of the run's folder, as Kubernetes writes it
 * @param storageClass empty: the cluster's default
 * @param grace seconds in which the learner finishes its step and saves
 * @param volumes claims by the path at which all pods see them, read-only
 * @param environment secrets whose entries are variables of the environment
 */
public record PodPlan(
    String name,
    String namespace,
    String domain,
    String image,
    int port,
    int bulkPort,
    int workers,
    int learnerCores,
    int rolloutCores,
    String memory,
    String storage,
    String storageClass,
    int grace,
    Map<String, String> volumes,
    List<String> environment) {
  public PodPlan {
    volumes = Map.copyOf(volumes);
    environment = List.copyOf(environment);
  }

  /** The domain of the names that the headless service gives. */
  public String serviceDomain() {
    return name + "." + namespace + ".svc." + domain;
  }

  /** The domain of the names that all pods of a namespace have in some clusters. */
  public String podDomain() {
    return namespace + ".pod." + domain;
  }

  /** The name of the learner's pod, which stays the same. */
  public String learnerHost() {
    return name + "-learner-0." + serviceDomain();
  }
}
