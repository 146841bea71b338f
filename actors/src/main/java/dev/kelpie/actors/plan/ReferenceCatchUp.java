package dev.kelpie.actors.plan;

import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * The way of a moving reference to the newest version. A reference observes every version in order:
 * the versions that it misses, while their files exist, or those after its newest saved state.
 */
public final class ReferenceCatchUp {
  private final Deque<PublishedWeights> recent = new ArrayDeque<>();
  private final Function<ReferenceState, Optional<Path>> kept;
  private final int files;

  /**
   * A state to restore first, if any, and the versions to observe after it, oldest first.
   *
   * @param restore empty when the reference is a version that leads on
   */
  public record Orders(Optional<Restore> restore, List<PublishedWeights> observe) {
    public Orders {
      observe = List.copyOf(observe);
    }
  }

  /** A saved state; the reference as it was opened where there is no folder. */
  public record Restore(ReferenceState state, Optional<Path> folder) {}

  /**
   * Creates a chain without versions.
   *
   * @param kept the folder of a state that was saved outside of checkpoints, if there is one
   * @param files how many of the latest versions' files are there
   */
  public ReferenceCatchUp(Function<ReferenceState, Optional<Path>> kept, int files) {
    this.kept = kept;
    this.files = files;
  }

  /** Adds the newest version; true if it is the first of this process. */
  public boolean add(PublishedWeights weights) {
    boolean first = recent.isEmpty();
    recent.addLast(weights);
    // The version before the oldest file is known as well: a reference in that state needs all.
    while (recent.size() > files + 1) {
      recent.removeFirst();
    }
    return first;
  }

  public boolean isEmpty() {
    return recent.isEmpty();
  }

  /** The newest version's number; -1 before there is any. */
  public long newest() {
    return recent.isEmpty() ? -1 : recent.getLast().version().number();
  }

  /**
   * What a reference at {@code state} has to do to get to the newest version.
   *
   * @throws CannotContinue when no saved state leads there
   */
  public Orders from(ReferenceState state, Optional<CheckpointStore.Saved> checkpoint) {
    if (leadsOn(state)) {
      return orders(Optional.empty(), state);
    }
    Restore reset = new Restore(ReferenceState.START, Optional.empty());
    return saved(checkpoint)
        .or(() -> Optional.of(reset).filter(start -> leadsOn(start.state())))
        .map(restore -> orders(Optional.of(restore), restore.state()))
        .orElseThrow(() -> new CannotContinue(lost(state)));
  }

  /** Whether the files of all versions after {@code state} are there. */
  private boolean leadsOn(ReferenceState state) {
    boolean known =
        state.equals(ReferenceState.START)
            ? recent.getFirst().version().number() == 0
            : recent.stream().map(ReferenceState::after).anyMatch(state::equals);
    return known && newest() - state.version() <= files;
  }

  private Optional<Restore> saved(Optional<CheckpointStore.Saved> checkpoint) {
    for (Iterator<PublishedWeights> all = recent.descendingIterator(); all.hasNext(); ) {
      ReferenceState state = ReferenceState.after(all.next());
      if (!leadsOn(state)) {
        continue;
      }
      if (checkpoint.filter(saved -> isAt(saved, state)).isPresent()) {
        return Optional.of(new Restore(state, Optional.of(checkpoint.get().reference())));
      }
      Optional<Path> folder = kept.apply(state);
      if (folder.isPresent()) {
        return Optional.of(new Restore(state, folder));
      }
    }
    return Optional.empty();
  }

  /**
   * An earlier checkpoint without the hash is the one that the run was resumed from: the version of
   * its number was published from it.
   */
  private static boolean isAt(CheckpointStore.Saved checkpoint, ReferenceState state) {
    boolean same =
        checkpoint.weightsSha256().isEmpty()
            || checkpoint.weightsSha256().equals(state.weightsSha256());
    return checkpoint.step() == state.version() && same;
  }

  private Orders orders(Optional<Restore> restore, ReferenceState from) {
    return new Orders(
        restore,
        recent.stream().filter(weights -> weights.version().number() > from.version()).toList());
  }

  private String lost(ReferenceState state) {
    return String.format(
        Locale.ROOT,
        "the reference (%s) was lost, and no state of it is left to go on from (expected: one in"
            + " the run folder's reference/, or a checkpoint of the last %s versions); --resume"
            + " goes back to the last checkpoint",
        state.version() < 0 ? "opened anew" : "at version " + state.version(),
        files);
  }
}
