package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.tensors.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A {@link SequenceBatch} without padding: the tokens of all prompts, then those of all responses
 * but their last, which predicts nothing; and the indices that lead to padded form, needed for
 * attention only, and back.
 */
final class PackedBatch {
  private static final int SOURCES = 8; // its place among the indices

  final List<NDArray> indices; // the batch of train.py
  final long[] sizes; // its sizes; not to be changed
  final int rows; // responses (B)
  final int width; // length of the longest response (R)
  private final long[] last; // where the state before the last token of each response is

  private PackedBatch(List<NDArray> indices, long[] sizes, int rows, int width, long[] last) {
    this.indices = indices;
    this.sizes = sizes;
    this.rows = rows;
    this.width = width;
    this.last = last;
  }

  /** The same tokens, of which only the states before the last ones of responses are asked for. */
  PackedBatch ofLastTokens(TensorScope scope) {
    List<NDArray> changed = new ArrayList<>(indices);
    changed.set(SOURCES, scope.longs(last, last.length));
    return new PackedBatch(changed, sizes, rows, width, last);
  }

  static PackedBatch of(SequenceBatch batch, int vocabulary, TensorScope scope) {
    return new Packer(batch, vocabulary).pack(scope);
  }

  private static final class Packer {
    private final SequenceBatch batch;
    private final int vocabulary;
    private final LongStream.Builder ids = LongStream.builder();
    private final LongStream.Builder positions = LongStream.builder();
    private final LongStream.Builder promptPlaces = LongStream.builder();
    private final LongStream.Builder rowPlaces = LongStream.builder();
    private final LongStream.Builder sources = LongStream.builder();
    private final LongStream.Builder targets = LongStream.builder();
    private final LongStream.Builder places = LongStream.builder();
    private long packed;

    Packer(SequenceBatch batch, int vocabulary) {
      this.batch = batch;
      this.vocabulary = vocabulary;
    }

    PackedBatch pack(TensorScope scope) {
      int longest = batch.prompts().stream().mapToInt(TokenIds::length).max().orElse(0);
      int width = batch.width();
      int queries = width - 1;
      int rows = batch.rows().size();
      long[] promptGather = new long[batch.prompts().size() * longest];
      long[] lastOfPrompt = new long[batch.prompts().size()];
      for (int p = 0; p < batch.prompts().size(); p++) {
        TokenIds prompt = batch.prompts().get(p);
        for (int t = 0; t < prompt.length(); t++) {
          promptGather[p * longest + t] = packed;
          promptPlaces.add((long) p * longest + t);
          add(prompt.get(t), t);
        }
        lastOfPrompt[p] = packed - 1;
      }
      long promptTokens = packed;
      long[] rowGather = new long[rows * queries];
      long[] rowPrompt = new long[rows];
      long[] promptLength = new long[rows];
      LongStream.Builder last = LongStream.builder();
      for (int b = 0; b < rows; b++) {
        Row row = batch.rows().get(b);
        rowPrompt[b] = row.prompt();
        promptLength[b] = batch.prompts().get(row.prompt()).length();
        for (int t = 0; t < row.response().length(); t++) {
          long source = t == 0 ? lastOfPrompt[row.prompt()] : packed - 1;
          sources.add(source);
          if (t == row.response().length() - 1) {
            last.add(source);
          }
          targets.add(checked(row.response().get(t)));
          places.add((long) b * width + t);
          if (t < row.response().length() - 1) {
            rowGather[b * queries + t] = packed;
            rowPlaces.add((long) b * queries + t);
            add(row.response().get(t), promptLength[b] + t);
          }
        }
      }
      List<NDArray> indices = new ArrayList<>();
      for (long[] index :
          List.of(
              ids.build().toArray(),
              positions.build().toArray(),
              promptGather,
              promptPlaces.build().toArray(),
              rowGather,
              rowPlaces.build().toArray(),
              rowPrompt,
              promptLength,
              sources.build().toArray(),
              targets.build().toArray(),
              places.build().toArray())) {
        indices.add(scope.longs(index, index.length));
      }
      long[] sizes = {batch.prompts().size(), longest, rows, queries, promptTokens, width};
      return new PackedBatch(indices, sizes, rows, width, last.build().toArray());
    }

    private void add(int id, long position) {
      ids.add(checked(id));
      positions.add(position);
      packed++;
    }

    private int checked(int id) {
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "token id: " + id + " (expected: below vocab_size = " + vocabulary + ")");
      }
      return id;
    }
  }
}
