package dev.kelpie.actors;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.PublishedWeights;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The versions that a moving reference has to see one after the other, and how one that stands
 * somewhere gets to the newest: by the versions that it misses while their files are there, else
 * from the newest state that was saved of it.
 */
final class ReferenceChain {
  private final Deque<PublishedWeights> recent = new ArrayDeque<>();
  private final KeptReferences kept;
  private final int files;

  /**
   * @param files how many of the latest versions' files are there
   */
  ReferenceChain(RunFolder folder, int files) {
    this.kept = new KeptReferences(folder);
    this.files = files;
  }

  /** Adds the newest version; true if it is the first of this process. */
  boolean add(PublishedWeights weights) {
    boolean first = recent.isEmpty();
    recent.addLast(weights);
    // The version before the oldest file is known as well: a reference that stands there needs all.
    while (recent.size() > files + 1) {
      recent.removeFirst();
    }
    return first;
  }

  boolean isEmpty() {
    return recent.isEmpty();
  }

  /** The newest version's number; -1 before there is any. */
  long newest() {
    return recent.isEmpty() ? -1 : recent.getLast().version().number();
  }

  /** What a reference at {@code state} has to do to get to the newest version, if it can. */
  Optional<List<ScoringWorker.Command>> from(
      ReferenceState state, Optional<RunCommit.Saved> checkpoint) {
    if (leadsOn(state)) {
      return Optional.of(orders(Optional.empty(), state));
    }
    return saved(checkpoint)
        .or(() -> Optional.of(reset()).filter(reset -> leadsOn(reset.state())))
        .map(restore -> orders(Optional.of(restore), restore.state()));
  }

  private static ScoringWorker.RestoreReference reset() {
    return new ScoringWorker.RestoreReference(ReferenceState.START, "");
  }

  /** Whether the files of all versions after {@code state} are there. */
  private boolean leadsOn(ReferenceState state) {
    boolean known =
        state.equals(ReferenceState.START)
            ? recent.getFirst().version().number() == 0
            : recent.stream().map(ReferenceState::after).anyMatch(state::equals);
    return known && newest() - state.version() <= files;
  }

  private Optional<ScoringWorker.RestoreReference> saved(Optional<RunCommit.Saved> checkpoint) {
    for (Iterator<PublishedWeights> all = recent.descendingIterator(); all.hasNext(); ) {
      ReferenceState state = ReferenceState.after(all.next());
      if (!leadsOn(state)) {
        continue;
      }
      if (checkpoint.map(ReferenceChain::stateOf).equals(Optional.of(state))) {
        return Optional.of(
            new ScoringWorker.RestoreReference(state, checkpoint.get().reference().toString()));
      }
      if (kept.has(state)) {
        return Optional.of(new ScoringWorker.RestoreReference(state, kept.of(state).toString()));
      }
    }
    return Optional.empty();
  }

  private static ReferenceState stateOf(RunCommit.Saved checkpoint) {
    return new ReferenceState(checkpoint.step(), checkpoint.policySha256());
  }

  private List<ScoringWorker.Command> orders(
      Optional<ScoringWorker.RestoreReference> restore, ReferenceState from) {
    List<ScoringWorker.Command> orders = new ArrayList<>(restore.stream().toList());
    recent.stream()
        .filter(weights -> weights.version().number() > from.version())
        .map(ScoringWorker.Observe::new)
        .forEach(orders::add);
    return orders;
  }

  /** Why the run cannot go on with a reference at {@code state}. */
  String lost(ReferenceState state) {
    return String.format(
        "the reference (%s) was lost, and no state of it is left to go on from (expected: one in %s,"
            + " or a checkpoint of the last %s versions); --resume goes back to the last checkpoint",
        state.version() < 0 ? "opened anew" : "at version " + state.version(),
        kept.folder(),
        files);
  }
}
