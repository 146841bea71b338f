package dev.kelpie.cli.check;

import dev.kelpie.actors.Role;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.model.Forward;
import dev.kelpie.model.architecture.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What a run holds in memory, part by part, computed from shapes alone: those that the
 * configurations of its models give to the tensors of their checkpoints. No weight is read.
 *
 * <p>P is the number of parameters of the policy, T that of all trained parameters, W the weights
 * of the policy in the format of {@code rollout.precision}. A part is what it takes at its largest;
 * the parts of a process need not be at their largest at the same moment, so that their sum is an
 * upper estimate. With {@code learner.precision = bf16} the matrices of each model have a copy in
 * bfloat16, which is counted with 2 bytes for each parameter.
 */
final class MemoryParts {
  private static final long HEAP = 256L << 20; // objects of the JVM
  private static final long LIBRARIES = 344L << 20; // libtorch, compiled code, classes, threads
  private static final int FLOAT = Float.BYTES;
  private static final int HALF = 2; // bfloat16
  private static final long LOGITS = 8L << 20; // of a chunk: train_vocabulary.py
  private static final int CHUNKS = 4; // logits, their probabilities, a product, a transpose
  private static final int EIGHT = 8; // chunks that are kept: train_vocabulary.py
  private static final int BLOCK = 64; // columns: KeyValueCache
  private static final long MOST = 1L << 56;

  /** What memory is used for. */
  enum Kind {
    PARAMETERS("parameters"),
    GRADIENTS("gradients"),
    OPTIMISER("optimiser"),
    ACTIVATIONS("activations"),
    OPERATIONS("operations"),
    COPIES("copies of iterations"),
    REFERENCES("references"),
    REWARD_MODELS("reward models"),
    SAMPLED("sampled models"),
    CACHE("KV cache"),
    HEAP("heap"),
    LIBRARIES("libraries");

    final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /**
   * A part of a process that has {@code role}.
   *
   * @param bytes at its largest
   */
  record Part(Role role, Kind kind, long bytes) {}

  private final Experiment experiment;
  private final ModelConfig model;
  private final long parameters;
  private final boolean adapted;
  private final Formats formats;
  private final int frozen;
  private final List<Part> parts = new ArrayList<>();

  /**
   * Bytes of a trained number.
   *
   * @param moments of the optimiser, both together
   */
  private record Formats(int weight, int gradient, int moments) {}

  private MemoryParts(Experiment experiment, ModelConfig model) {
    this.experiment = experiment;
    this.model = model;
    this.parameters = model.parameterCount();
    this.adapted = experiment.policy().lora().used();
    boolean halves = experiment.learner().precision() == LearnerOptions.Precision.BF16;
    this.frozen = halves ? FLOAT + HALF : FLOAT;
    this.formats = new Formats(adapted ? FLOAT : frozen, FLOAT, 2 * FLOAT);
  }

  /**
   * The parts of all roles, without those that each process has.
   *
   * @param model the policy's
   */
  static List<Part> of(Experiment experiment, ModelConfig model) {
    MemoryParts made = new MemoryParts(experiment, model);
    made.training();
    made.scoring();
    made.sampling();
    return made.parts.stream().filter(part -> part.bytes() > 0).toList();
  }

  /** What the process itself takes, of whatever role. */
  static List<Part> process(Role role) {
    return List.of(new Part(role, Kind.HEAP, HEAP), new Part(role, Kind.LIBRARIES, LIBRARIES));
  }

  /**
   * Parameters {@code 4 T}, with an adapter also the {@code 4 P} of its frozen base; the two
   * moments of AdamW {@code 8 T}; gradients of the largest trained model, once for each lane,
   * because models are updated one after the other and give the memory back.
   */
  private void training() {
    List<Long> trained = trained();
    long all = trained.stream().mapToLong(Long::longValue).sum();
    long largest = trained.stream().max(Comparator.naturalOrder()).orElse(0L);
    Collator collator = Collator.of(experiment.learner(), model);
    add(
        Role.LEARNER,
        Kind.PARAMETERS,
        formats.weight() * all + (adapted ? frozen * parameters : 0));
    add(Role.LEARNER, Kind.GRADIENTS, largest * collator.lanes() * formats.gradient());
    add(Role.LEARNER, Kind.OPTIMISER, formats.moments() * all);
    add(Role.LEARNER, Kind.ACTIVATIONS, activations(collator));
    add(Role.LEARNER, Kind.OPERATIONS, operations(collator));
    boolean critic = experiment.value().kind() == ValueOptions.Kind.SEPARATE;
    add(Role.LEARNER, Kind.COPIES, parameters * experiment.iterations().copies(critic) * FLOAT);
    boolean reference =
        AlgorithmChecks.holdsReference(experiment) || !experiment.eval().pairsPath().isEmpty();
    add(Role.LEARNER, Kind.REFERENCES, reference && !adapted ? frozen * reference() : 0);
  }

  private long reference() {
    return parameters(ModelOptions.asReference(experiment).path());
  }

  /** Parameters of each model that is trained; of models of rewards those of their folders. */
  private List<Long> trained() {
    List<Long> models = new ArrayList<>();
    models.add(adapted ? PolicyAdapter.parameterCount(experiment, model) : parameters);
    if (experiment.value().kind() == ValueOptions.Kind.SEPARATE) {
      models.add(parameters);
    }
    RewardModelOptions.InTheLoop process = experiment.processReward();
    if (process.used()) {
      models.add(parameters(process.path()));
    }
    RewardModelOptions.Online online = experiment.onlineReward();
    if (online.used()) {
      models.add(parameters(online.path()));
    }
    return models;
  }

  /**
   * {@link Forward#tapeBytesPerToken} for each token of the microbatches that go through the model
   * at the same time: {@code learner.token-budget} for each lane, or one sequence of the largest
   * length where that is more, and not more than a minibatch has where the policy samples it.
   */
  private long activations(Collator collator) {
    return product(tokens(collator), Forward.tapeBytesPerToken(model));
  }

  private long tokens(Collator collator) {
    RolloutOptions rollout = experiment.rollout();
    long prompt = experiment.data().maxPromptTokens();
    long each = Math.max(collator.tokenBudget(), prompt + rollout.maxNewTokens());
    long tokens = collator.lanes() * each;
    if (rollout.samples() && !rollout.fromFile() && !experiment.algorithm().preferences()) {
      long responses = rollout.groupSize() + (long) Members.of(experiment).responses();
      long step = product(rollout.promptsPerStep(), responses, prompt + rollout.maxNewTokens());
      tokens = Math.min(tokens, step);
    }
    return tokens;
  }

  /**
   * Temporary results: the largest matrix once for each lane, for the product that is added to its
   * gradient or its transpose, and chunks of at most about 8 million logits for each lane.
   */
  private long operations(Collator collator) {
    long matrix =
        model.parameters().values().stream()
            .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
            .max()
            .orElse(0);
    long chunk = Math.max(LOGITS, 16L * model.vocabularySize());
    long logits =
        Math.min(collator.lanes() * chunk, product(tokens(collator), model.vocabularySize()));
    long kept = 0; // for the head's gradient in bfloat16
    if (frozen > FLOAT) {
      long most = chunk * collator.lanes() * EIGHT;
      kept = HALF * Math.min(most, product(tokens(collator), model.vocabularySize()));
    }
    return FLOAT * (collator.lanes() * matrix + CHUNKS * logits) + kept;
  }

  /**
   * {@code 4 P} for each model that computes log-probabilities or scores, by its own folder's
   * shapes; two of {@code policy = previous}.
   */
  private void scoring() {
    for (String path : RunInputs.plan(experiment, RunInputs.reward(experiment)).heldPaths()) {
      boolean classifier = config(path).labels() > 0;
      add(
          Role.SCORING,
          classifier ? Kind.REWARD_MODELS : Kind.REFERENCES,
          (classifier ? FLOAT : frozen) * parameters(path)); // scores stay float32
    }
  }

  /**
   * For each worker W of the policy and of each member's model, where the embedding stays dense
   * beside a packed head; and keys and values, {@code 2 L K C} numbers for each token of a unit's
   * responses, in blocks of 64 tokens.
   */
  private void sampling() {
    RolloutOptions rollout = experiment.rollout();
    long models = 1L + Members.of(experiment).sampled().size();
    int bytes =
        switch (rollout.precision()) {
          case AUTO, FP32 -> FLOAT;
          case BF16 -> 2;
          case INT8 -> 1;
        };
    long embedding = (long) model.vocabularySize() * model.hiddenSize();
    long packed = parameters - (model.tied() ? 0 : embedding);
    long each = bytes * packed + FLOAT * embedding;
    add(Role.ROLLOUT, Kind.SAMPLED, product(rollout.workers(), models, each));
    add(Role.ROLLOUT, Kind.CACHE, product(rollout.workers(), cache()));
  }

  private long cache() {
    RolloutOptions rollout = experiment.rollout();
    long prompts = rollout.unitPrompts() == 0 ? rollout.promptsPerStep() : rollout.unitPrompts();
    long tokens = experiment.data().maxPromptTokens() + (long) rollout.maxNewTokens();
    long columns = (tokens + BLOCK - 1) / BLOCK * BLOCK;
    long perToken = 2L * model.layers() * model.keyValueHeads() * model.headSize() * FLOAT;
    int most =
        Math.max(
            rollout.groupSize(),
            Members.of(experiment).sampled().values().stream()
                .mapToInt(member -> member.count() * (member.from().equals("mixture") ? 2 : 1))
                .max()
                .orElse(0));
    return product(perToken, prompts, most, columns);
  }

  private long parameters(String path) {
    return config(path).parameterCount();
  }

  /**
   * The model in a folder; the policy where there is none, which is refused by its key elsewhere.
   */
  private ModelConfig config(String path) {
    boolean own = path.isEmpty() || !Files.isDirectory(Path.of(path));
    return own ? model : ModelConfig.open(Path.of(path));
  }

  /** The product, or 64 PiB where it is more. */
  private static long product(long... factors) {
    double exact = Arrays.stream(factors).asDoubleStream().reduce(1, (a, b) -> a * b);
    return exact > MOST ? MOST : Arrays.stream(factors).reduce(1, (a, b) -> a * b);
  }

  private void add(Role role, Kind kind, long bytes) {
    parts.add(new Part(role, kind, bytes));
  }
}
