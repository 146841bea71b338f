package dev.kelpie.actors.plan;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Which steps of a run a fault disturbs: those during which work was lost, those during which
 * workers that were lost are missing, and the first one of a resumed run.
 */
public final class Disturbances {
  private final Set<String> missing = new HashSet<>();
  private boolean happened;

  /** Workers are lost with their node. */
  public void lost(Collection<String> workers) {
    happened = true;
    missing.addAll(workers);
  }

  /** Work was lost or failed, or the run was resumed. */
  public void happened() {
    happened = true;
  }

  /** A worker is there. */
  public void present(String worker) {
    missing.remove(worker);
  }

  /** Whether the step that is committed now was disturbed; the next one begins. */
  public boolean take() {
    boolean disturbed = happened || !missing.isEmpty();
    happened = false;
    return disturbed;
  }
}
