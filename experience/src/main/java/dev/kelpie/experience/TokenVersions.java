package dev.kelpie.experience;

import java.util.Arrays;

/** The policy version that drew each token of a response. */
public final class TokenVersions {
  private final long[] versions;

  private TokenVersions(long[] versions) {
    this.versions = versions;
  }

  /** Wraps a copy of {@code versions}. */
  public static TokenVersions of(long... versions) {
    return new TokenVersions(versions.clone());
  }

  /** One version for all {@code length} tokens. */
  public static TokenVersions uniform(PolicyVersion version, int length) {
    long[] versions = new long[length];
    Arrays.fill(versions, version.number());
    return new TokenVersions(versions);
  }

  /** Number of tokens. */
  public int length() {
    return versions.length;
  }

  /** The version of the token at {@code index}. */
  public PolicyVersion get(int index) {
    return new PolicyVersion(versions[index]);
  }

  /** The oldest version among the tokens; {@code fallback} for a response without tokens. */
  public PolicyVersion oldest(PolicyVersion fallback) {
    return versions.length == 0
        ? fallback
        : new PolicyVersion(Arrays.stream(versions).min().getAsLong());
  }

  /** A fresh array of the version numbers. */
  public long[] toArray() {
    return versions.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenVersions that && Arrays.equals(versions, that.versions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(versions);
  }

  @Override
  public String toString() {
    return Arrays.toString(versions);
  }
}
