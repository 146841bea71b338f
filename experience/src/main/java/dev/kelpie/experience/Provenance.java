package dev.kelpie.experience;

/** Who wrote a response. */
public enum Provenance {
  POLICY,
  REFERENCE,
  TEACHER,
  LOG,
  HUMAN
}
