package dev.kelpie.rewards.judge;

import dev.kelpie.config.Require;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.scoring.TextTemplate;
import dev.kelpie.rewards.remote.ChatModel;
import dev.kelpie.rewards.remote.Question;
import dev.kelpie.rewards.remote.RemoteException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntToDoubleFunction;

/**
 * A model that is asked for a verdict on one response, or on two. Judgements of two responses are
 * made in both orders where {@code swap} is set: a judge that always prefers the first place then
 * finds exactly 1/2 (Zheng et al. 2023, https://arxiv.org/abs/2306.05685, section 3.4). The
 * protocol {@code checklist} is TICK, Cook et al. 2024, https://arxiv.org/abs/2410.03608.
 */
public final class Judge {
  private static final Set<String> OWN =
      Set.of("prompt", "response", "answer", "first", "second", "own", "question");
  private static final int MOST_QUESTIONS = 16;

  private final JudgeOptions options;
  private final TextTemplate template;
  private final TextTemplate before;
  private final boolean ofPair;

  private Judge(JudgeOptions options, TextTemplate template, TextTemplate before, boolean ofPair) {
    this.options = options;
    this.template = template;
    this.before = before;
    this.ofPair = ofPair;
  }

  /**
   * The judge of one response, by itself or against the reference answer.
   *
   * @throws IllegalArgumentException for options or templates that are wrong, the key first
   */
  public static Judge ofResponse(JudgeOptions options) {
    requireModel(options);
    TextTemplate template = JudgeTemplate.read("template-path", options.templatePath());
    boolean pair = template.placeholders().contains("first");
    JudgeTemplate.require(
        "template-path",
        template,
        pair ? new String[] {"first", "second"} : new String[] {"response"});
    return of(options, template, pair);
  }

  /**
   * The judge of two responses.
   *
   * @throws IllegalArgumentException for options or templates that are wrong, the key first
   */
  public static Judge ofPair(JudgeOptions options) {
    requireModel(options);
    TextTemplate template = JudgeTemplate.read("template-path", options.templatePath());
    JudgeTemplate.require("template-path", template, "first", "second");
    return of(options, template, true);
  }

  private static void requireModel(JudgeOptions options) {
    Require.that(
        !options.model().isEmpty(), "model: missing (expected: a name of the block models)");
  }

  private static Judge of(JudgeOptions options, TextTemplate template, boolean pair) {
    Require.that(
        !pair || options.read() != Read.NUMBER,
        "read: number (expected: verdict or logprob, because the template compares {first} and"
            + " {second})");
    Require.that(
        !pair || options.choices().size() <= 3,
        "choices: %s (expected: the first, the second, and a tie if there is one)",
        options.choices());
    JudgeTemplate.require("template-path", template, options.protocol().placeholder());
    TextTemplate before =
        options.protocolPath().isEmpty()
            ? TextTemplate.of(options.protocol().defaultTemplate())
            : JudgeTemplate.read("protocol-path", options.protocolPath());
    if (options.protocol() != Protocol.NONE) {
      JudgeTemplate.require("protocol-path", before, "prompt");
    }
    return new Judge(options, template, before, pair);
  }

  /** The name of the model that judges. */
  public String model() {
    return options.model();
  }

  /** How it is asked, and how its verdicts are read. */
  JudgeOptions options() {
    return options;
  }

  /** The text that it is asked. */
  TextTemplate template() {
    return template;
  }

  /** What it chooses between. */
  public List<String> choices() {
    return options.choices();
  }

  /** Whether it compares two texts. */
  public boolean comparesPairs() {
    return ofPair;
  }

  /** The columns of the data set that its templates show. */
  public Set<String> columns() {
    Set<String> columns = new TreeSet<>(template.placeholders());
    columns.addAll(before.placeholders());
    columns.removeAll(OWN);
    return columns;
  }

  /** Whether its templates show the reference answer. */
  public boolean showsAnswer() {
    return template.placeholders().contains("answer") || before.placeholders().contains("answer");
  }

  /** Identifies templates and options. */
  public String version() {
    return options + " template " + sha256(template.toString() + '\0' + before);
  }

  static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Most questions for one judgement, without those that the protocol asks once for a prompt. */
  public int questions() {
    int each = options.votes() * (ofPair && options.swap() ? 2 : 1);
    return options.protocol() == Protocol.CHECKLIST ? each * MOST_QUESTIONS : each;
  }

  /** Questions that the protocol asks once for a prompt. */
  public int questionsOfPrompt() {
    return options.protocol() == Protocol.NONE ? 0 : 1;
  }

  /** Most tokens of an answer. */
  public int maxTokens() {
    return options.read() == Read.LOGPROB ? 1 : options.maxTokens();
  }

  /**
   * The template as the model is shown it; what a protocol would put in stands there as its name.
   */
  public String filled(Prompt prompt, String first, String second) {
    Map<String, String> fields = fields(prompt, Map.of("own", "{own}", "question", "{question}"));
    return template.fill(name -> value(with(fields, first, second), name));
  }

  /**
   * The verdict on one response.
   *
   * @throws RemoteException when there is none, or none that can be read
   */
  public Verdict judge(ChatModel judge, Prompt prompt, String response)
      throws RemoteException, InterruptedException {
    return ofPair
        ? compare(judge, prompt, response, prompt.answer().orElse(""))
        : mean(judge, prompt, response, "", options::value);
  }

  /**
   * The probability that {@code first} is the better of two responses.
   *
   * @throws RemoteException when there is none, or none that can be read
   */
  public Verdict compare(ChatModel judge, Prompt prompt, String first, String second)
      throws RemoteException, InterruptedException {
    if (first.equals(second)) {
      return new Verdict(0.5, 0, 0);
    }
    if (options.swap()) {
      Verdict straight = mean(judge, prompt, first, second, options::preference);
      Verdict swapped = mean(judge, prompt, second, first, options::preference);
      return new Verdict(
          (straight.value() + (1 - swapped.value())) / 2,
          (straight.unreadable() + swapped.unreadable()) / 2,
          Math.abs(straight.value() - (1 - swapped.value())));
    }
    if (inOrder(first, second)) {
      return mean(judge, prompt, first, second, options::preference);
    }
    Verdict turned = mean(judge, prompt, second, first, options::preference);
    return new Verdict(1 - turned.value(), turned.unreadable(), 0);
  }

  /** The value of a verdict between 0, the lowest that there may be, and 1, the highest. */
  public double share(double value) {
    double low = options.range().get(0);
    return options.read() == Read.NUMBER ? (value - low) / (options.range().get(1) - low) : value;
  }

  /**
   * Whether two different texts are shown in this order where one order is shown: a function of the
   * texts, so that it is the same whoever comes first.
   */
  static boolean inOrder(String first, String second) {
    return Integer.compare(first.hashCode(), second.hashCode()) < 0
        || (first.hashCode() == second.hashCode() && first.compareTo(second) < 0);
  }

  private Verdict mean(
      ChatModel judge, Prompt prompt, String first, String second, IntToDoubleFunction values)
      throws RemoteException, InterruptedException {
    VerdictReader reader = new VerdictReader(options, values);
    List<Map<String, String>> rounds = rounds(judge, prompt);
    double sum = 0;
    int unreadable = 0;
    for (Map<String, String> extra : rounds) {
      Map<String, String> fields = with(fields(prompt, extra), first, second);
      String text = template.fill(name -> value(fields, name));
      double votes = 0;
      int read = 0;
      String problem = "";
      for (int vote = 0; vote < options.votes(); vote++) {
        try {
          votes += reader.read(judge.ask(question(text, vote)));
          read++;
        } catch (VerdictReader.Unreadable e) {
          problem = String.valueOf(e.getMessage());
          unreadable++;
        }
      }
      if (2 * read <= options.votes() && read < options.votes()) {
        throw new RemoteException(
            problem
                + (options.votes() > 1
                    ? "; " + read + " of " + options.votes() + " votes read"
                    : ""));
      }
      sum += votes / read;
    }
    int asked = rounds.size() * options.votes();
    return new Verdict(sum / rounds.size(), unreadable / (double) asked, 0);
  }

  private Question question(String text, int vote) {
    boolean logprob = options.read() == Read.LOGPROB;
    return new Question(
        text, options.temperature(), maxTokens(), vote, logprob ? options.topLogprobs() : 0);
  }

  /** What the protocol puts into the template, once for each time that it is asked. */
  private List<Map<String, String>> rounds(ChatModel judge, Prompt prompt)
      throws RemoteException, InterruptedException {
    if (options.protocol() == Protocol.NONE) {
      return List.of(Map.of());
    }
    Map<String, String> fields = fields(prompt, Map.of());
    String asked = before.fill(name -> value(fields, name));
    String answer =
        judge.ask(new Question(asked, options.temperature(), options.maxTokens(), 0, 0)).text();
    if (options.protocol() == Protocol.OWN_ANSWER_FIRST) {
      return List.of(Map.of("own", answer.strip()));
    }
    List<Map<String, String>> questions = new ArrayList<>();
    for (String line : answer.lines().toList()) {
      String question = line.strip().replaceAll("\\A(?:[-*\\u2022]|\\d{1,2}[.)])\\s+", "");
      if (question.endsWith("?") && questions.size() < MOST_QUESTIONS) {
        questions.add(Map.of("question", question));
      }
    }
    if (questions.isEmpty()) {
      throw new RemoteException("the checklist has no line that ends with a question mark");
    }
    return List.copyOf(questions);
  }

  private static Map<String, String> fields(Prompt prompt, Map<String, String> extra) {
    Map<String, String> fields = new HashMap<>(prompt.metadata());
    fields.put("prompt", prompt.text());
    prompt.answer().ifPresent(answer -> fields.put("answer", answer));
    fields.putAll(extra);
    return fields;
  }

  private static Map<String, String> with(Map<String, String> fields, String first, String second) {
    Map<String, String> all = new HashMap<>(fields);
    all.put("response", first);
    all.put("first", first);
    all.put("second", second);
    return all;
  }

  private static String value(Map<String, String> fields, String name) {
    return fields.getOrDefault(name, "");
  }
}
