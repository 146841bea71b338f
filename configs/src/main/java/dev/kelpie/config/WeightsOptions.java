package dev.kelpie.config;

/** Published weight files. */
public record WeightsOptions(@Doc("how many of the latest versions are kept") int keep) {
  public static final WeightsOptions DEFAULTS = new WeightsOptions(2);

  public WeightsOptions {
    Require.atLeast("keep", keep, 1);
  }
}
