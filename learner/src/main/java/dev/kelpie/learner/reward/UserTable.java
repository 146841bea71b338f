package dev.kelpie.learner.reward;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.score.UserLoss;
import dev.kelpie.algorithms.score.UserNumbers;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.reward.UserHead;
import dev.kelpie.learner.optimizer.AdamW;
import dev.kelpie.learner.scoring.UserHeadFile;
import dev.kelpie.learner.state.StateFile;
import dev.kelpie.model.ParameterLayout;
import dev.kelpie.model.Parameters;
import dev.kelpie.tensors.TrainingScope;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** The numbers of a {@link UserLoss} with their optimiser, learned beside the model. */
final class UserTable implements AutoCloseable {
  private final UserLoss loss;
  private final UserNumbers sizes;
  private final long seed;
  private final Map<String, Integer> rows = new HashMap<>();
  private final List<String> users;
  private final Parameters numbers;
  private final Parameters gradients;
  private final AdamW optimizer;

  /**
   * The numbers at the start: those of users are 0, the shared ones drawn from N(0, 1) by the seed.
   *
   * @param users all that have pairs
   */
  UserTable(UserLoss loss, SortedSet<String> users, LearnerOptions options, long seed) {
    this.loss = loss;
    this.sizes = loss.numbers();
    this.seed = seed;
    this.users = List.copyOf(users);
    for (String user : this.users) {
      rows.put(user, rows.size());
    }
    Map<String, List<Long>> shapes = new TreeMap<>();
    shapes.put(UserLoss.OWN, List.of((long) rows.size(), (long) sizes.own()));
    if (sizes.shared() > 0) {
      shapes.put(UserLoss.SHARED, List.of((long) sizes.shared(), (long) sizes.columns()));
    }
    ParameterLayout layout = ParameterLayout.of(shapes);
    this.numbers = Parameters.zeros(layout);
    this.gradients = Parameters.zeros(layout);
    this.optimizer =
        AdamW.of(layout, new AdamW.Options(options.beta1(), options.beta2(), options.epsilon(), 0));
    if (sizes.shared() > 0) {
      numbers.bytes(UserLoss.SHARED).asFloatBuffer().put(normal(0, sharedSize()));
    }
  }

  private int sharedSize() {
    return sizes.shared() * sizes.columns();
  }

  /** Numbers from N(0, 1), the same of each {@code stream}. */
  private float[] normal(long stream, int count) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + stream);
    float[] drawn = new float[count];
    for (int i = 0; i < count; i++) {
      drawn[i] = (float) random.nextGaussian();
    }
    return drawn;
  }

  /**
   * The numbers of the users of a microbatch's pairs, leaves whose gradients {@link #add} takes.
   */
  final class Leaves {
    private final List<ScorePair> pairs;
    private final NDArray own;
    private final NDArray shared;
    private final NDArray noise;

    private Leaves(TrainingScope scope, List<ScorePair> pairs, List<Integer> places, long step) {
      this.pairs = pairs;
      int count = pairs.size();
      float[] values = new float[count * sizes.own()];
      float[] drawn = new float[count * loss.noise()];
      for (int i = 0; i < count; i++) {
        System.arraycopy(own(pairs.get(i).user()), 0, values, i * sizes.own(), sizes.own());
        long stream = 1 + (step << 32) + places.get(i);
        System.arraycopy(normal(stream, loss.noise()), 0, drawn, i * loss.noise(), loss.noise());
      }
      this.own = scope.leaf(scope.floats(values, count, sizes.own())); // [N, W]
      this.shared =
          sizes.shared() == 0
              ? own
              : scope.leaf(
                  scope.floats(
                      numbers.values(UserLoss.SHARED), sizes.shared(), sizes.columns())); // [S, C]
      this.noise = loss.noise() == 0 ? own : scope.floats(drawn, count, loss.noise()); // [N, Z]
    }

    /** What the loss asks for by {@code name}. */
    NDArray of(String name) {
      return switch (name) {
        case UserLoss.OWN -> own;
        case UserLoss.SHARED -> shared;
        case UserLoss.NOISE -> noise;
        default -> throw new IllegalArgumentException(name);
      };
    }

    /** The leaves that take a gradient. */
    List<NDArray> all() {
      return sizes.shared() == 0 ? List.of(own) : List.of(own, shared);
    }

    /** Adds the gradients of {@link #all} to those of the update. */
    void add(List<NDArray> ofLeaves) {
      float[] given = ofLeaves.get(0).toFloatArray(); // [N, W]
      FloatBuffer ofUsers = gradients.bytes(UserLoss.OWN).asFloatBuffer();
      for (int i = 0; i < pairs.size(); i++) {
        int row = row(pairs.get(i).user()) * sizes.own();
        for (int w = 0; w < sizes.own(); w++) {
          ofUsers.put(row + w, ofUsers.get(row + w) + given[i * sizes.own() + w]);
        }
      }
      if (sizes.shared() > 0) {
        float[] given2 = ofLeaves.get(1).toFloatArray(); // [S, C]
        FloatBuffer ofAll = gradients.bytes(UserLoss.SHARED).asFloatBuffer();
        for (int i = 0; i < given2.length; i++) {
          ofAll.put(i, ofAll.get(i) + given2[i]);
        }
      }
    }
  }

  /**
   * The numbers for {@code pairs}.
   *
   * @param places of the pairs in the batch of the update
   * @param step of the update, from 1
   */
  Leaves leaves(TrainingScope scope, List<ScorePair> pairs, List<Integer> places, long step) {
    return new Leaves(scope, pairs, places, step);
  }

  /** One update by the gradients since the last one. */
  void update() {
    optimizer.update(numbers, gradients, 1, sizes.rate());
    for (String name : gradients.layout().shapes().keySet()) {
      FloatBuffer numbersOf = gradients.bytes(name).asFloatBuffer();
      while (numbersOf.hasRemaining()) {
        numbersOf.put(0);
      }
    }
  }

  private int row(String user) {
    return Objects.requireNonNull(rows.get(user), user);
  }

  private float[] own(String user) {
    float[] own = new float[sizes.own()];
    FloatBuffer all = numbers.bytes(UserLoss.OWN).asFloatBuffer();
    all.position(row(user) * own.length);
    all.get(own);
    return own;
  }

  private float[] shared() {
    return sizes.shared() == 0 ? new float[0] : numbers.values(UserLoss.SHARED);
  }

  /** The score of a vector for {@code user}, by the numbers as they are now. */
  double score(float[] vector, String user) {
    return loss.kind().score(vector, loss.point(shared(), own(user)));
  }

  /** The head of the numbers as they are now. */
  UserHead head() {
    SortedMap<String, PerToken> points = new TreeMap<>();
    float[] shared = shared();
    users.forEach(user -> points.put(user, loss.point(shared, own(user))));
    return new UserHead(loss.kind(), loss.outputs(), sizes.column(), points);
  }

  /** The head with all numbers, to be written. */
  UserHeadFile.Contents contents() {
    SortedMap<String, PerToken> own = new TreeMap<>();
    users.forEach(user -> own.put(user, loss.written(own(user))));
    return new UserHeadFile.Contents(head(), own, PerToken.of(shared()));
  }

  /** What a state that is resumed from has beside the model's. */
  Map<String, StateFile.Part> state() {
    return Map.of(
        "users", StateFile.Part.all(numbers),
        "users-mean", StateFile.Part.all(optimizer.mean()),
        "users-square", StateFile.Part.all(optimizer.square()));
  }

  /** Resumes after {@code updates} updates, whose {@link #state} was restored. */
  void resumeAt(long updates) {
    optimizer.resumeAt(updates);
  }

  @Override
  public void close() {
    optimizer.close();
    numbers.close();
    gradients.close();
  }
}
