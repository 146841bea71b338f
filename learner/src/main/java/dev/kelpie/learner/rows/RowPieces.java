package dev.kelpie.learner.rows;

import dev.kelpie.algorithms.Denominators;
import java.util.List;

/** Rows of a step as pieces that the {@link Collator} puts into microbatches. */
public record RowPieces(StepRows rows) {
  /** One piece for each row. */
  public List<Collator.Item> items(List<Integer> indices) {
    return indices.stream()
        .map(
            i -> {
              StepRow row = rows.row(i);
              return new Collator.Item(
                  i,
                  row.promptKey(),
                  row.prompt(),
                  row.trajectory().response(),
                  row.group(),
                  false);
            })
        .toList();
  }

  /** The same as pieces of which those of one group are never split. */
  public List<Collator.Item> wholeGroups(List<Integer> indices) {
    return items(indices).stream().map(Collator.Item::whole).toList();
  }

  /** The same as one piece. */
  public List<Collator.Item> inOne(List<Integer> indices) {
    return wholeGroups(indices).stream().map(Collator.Item::withAll).toList();
  }

  /** Divisors of the losses of an optimiser step over {@code indices}. */
  public Denominators denominators(List<Integer> indices) {
    return Denominators.count(
        indices.stream().mapToDouble(i -> rows.row(i).length()).toArray(),
        indices.stream().mapToInt(i -> rows.row(i).group()).toArray());
  }
}
