import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.zip.CRC32;

/**
 * Writes the quickstart's data: problems such as {@code 7+5*3-8?} whose careful working is {@code
 * 5*3=15,7+15=22,22-8=14}.
 *
 * <p>usage: {@code java scripts/quickstart/OrderOfOperations.java configs/quickstart}
 *
 * <p>Four digits 1 to 9 with exactly one multiplication (at operator 1, 2 or 3 with odds 1:2:2,
 * both factors at least 2); every intermediate of the careful working lies in 0..99. A problem is
 * held out when {@code crc32(prompt) % 8 == 0}: those are used for evaluation only.
 *
 * <ul>
 *   <li>{@code train.jsonl}: 8,192 problems with their answers, for reinforcement learning
 *   <li>{@code eval.jsonl}: 1,024 held-out problems with their answers
 *   <li>{@code demonstrations.jsonl}: 54,400 worked problems in the order of training: 35,200
 *       careful ones, then 19,200 of which 25 % are careful, 45 % guess and 30 % work from left to
 *       right. The bad habits are there on purpose: reinforcement learning is to remove them.
 *   <li>{@code habits.jsonl}: 4,096 worked problems of the same three kinds as the last 19,200, for
 *       the supervised step of the pipeline
 *   <li>{@code pairs.jsonl}: 4,096 pairs over 2,048 problems, for a reward model. The planted rule:
 *       the multiplication first. So the careful working is better than a guess, and better than
 *       work from left to right
 * </ul>
 */
public final class OrderOfOperations {
  private static final int LONGEST_RESPONSE = 25;

  private final Random random;

  private OrderOfOperations(long seed) {
    random = new Random(seed);
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      System.err.println("usage: java OrderOfOperations.java FOLDER");
      System.exit(2);
    }
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    OrderOfOperations train = new OrderOfOperations(1);
    writeProblems(folder.resolve("train.jsonl"), train.distinct(8192, false));
    OrderOfOperations held = new OrderOfOperations(2);
    writeProblems(folder.resolve("eval.jsonl"), held.distinct(1024, true));
    OrderOfOperations habits = new OrderOfOperations(3);
    try (Writer out = writer(folder.resolve("demonstrations.jsonl"))) {
      for (int i = 0; i < 54_400; i++) {
        Problem problem = habits.problem(false);
        String response = i < 35_200 ? problem.careful() : habits.habit(problem);
        out.write(demonstration(problem, response));
      }
    }
    OrderOfOperations mixed = new OrderOfOperations(4);
    try (Writer out = writer(folder.resolve("habits.jsonl"))) {
      for (int i = 0; i < 4096; i++) {
        Problem problem = mixed.problem(false);
        out.write(demonstration(problem, mixed.habit(problem)));
      }
    }
    OrderOfOperations judged = new OrderOfOperations(5);
    try (Writer out = writer(folder.resolve("pairs.jsonl"))) {
      for (Problem problem : judged.distinct(2048, false, Problem::multipliesLate)) {
        for (String worse : List.of(judged.guess(problem), problem.leftToRight())) {
          out.write(
              "{\"prompt\": \"%s\", \"chosen\": \"%s\", \"rejected\": \"%s\"}\n"
                  .formatted(problem.prompt(), problem.careful(), worse));
        }
      }
    }
  }

  private static String demonstration(Problem problem, String response) {
    return "{\"prompt\": \"%s\", \"response\": \"%s\"}\n".formatted(problem.prompt(), response);
  }

  private static void writeProblems(Path file, Set<Problem> problems) throws IOException {
    try (Writer out = writer(file)) {
      for (Problem problem : problems) {
        out.write(
            "{\"prompt\": \"%s\", \"answer\": \"%d\"}\n"
                .formatted(problem.prompt(), problem.answer()));
      }
    }
  }

  private static Writer writer(Path file) throws IOException {
    return Files.newBufferedWriter(file, StandardCharsets.US_ASCII);
  }

  private Set<Problem> distinct(int count, boolean heldOut) {
    return distinct(count, heldOut, problem -> true);
  }

  private Set<Problem> distinct(int count, boolean heldOut, Predicate<Problem> wanted) {
    Set<Problem> problems = new LinkedHashSet<>();
    while (problems.size() < count) {
      Problem problem = problem(heldOut);
      if (wanted.test(problem)) {
        problems.add(problem);
      }
    }
    return problems;
  }

  /** Draws until a problem is legal and on the wanted side of the split. */
  private Problem problem(boolean heldOut) {
    while (true) {
      int times = new int[] {0, 1, 1, 2, 2}[random.nextInt(5)];
      List<Integer> numbers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int least = i == times || i == times + 1 ? 2 : 1;
        numbers.add(least + random.nextInt(10 - least));
      }
      List<Character> operators = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        operators.add(i == times ? '*' : random.nextBoolean() ? '+' : '-');
      }
      Problem problem = new Problem(numbers, operators);
      if (problem.legal() && problem.heldOut() == heldOut) {
        return problem;
      }
    }
  }

  private String habit(Problem problem) {
    double draw = random.nextDouble();
    if (draw < 0.25) {
      return problem.careful();
    }
    return draw < 0.70 ? guess(problem) : problem.leftToRight();
  }

  /** An answer without working, near the right one. */
  private String guess(Problem problem) {
    return "=" + Math.max(0, problem.answer() + random.nextInt(11) - 5);
  }

  /** Four numbers and the three operators between them. */
  private record Problem(List<Integer> numbers, List<Character> operators) {
    String prompt() {
      StringBuilder text = new StringBuilder().append(numbers.get(0));
      for (int i = 0; i < operators.size(); i++) {
        text.append(operators.get(i)).append(numbers.get(i + 1));
      }
      return text.append('?').toString();
    }

    /** Whether work from left to right would not begin with the multiplication. */
    boolean multipliesLate() {
      return operators.get(0) != '*';
    }

    boolean heldOut() {
      CRC32 crc = new CRC32();
      crc.update(prompt().getBytes(StandardCharsets.US_ASCII));
      return crc.getValue() % 8 == 0;
    }

    /** The steps as {left, operator, right, value}, the multiplication first. */
    private List<int[]> steps() {
      List<Integer> left = new ArrayList<>(numbers);
      List<Character> open = new ArrayList<>(operators);
      List<int[]> steps = new ArrayList<>();
      while (!open.isEmpty()) {
        int at = Math.max(open.indexOf('*'), 0);
        char operator = open.remove(at);
        int a = left.get(at);
        int b = left.remove(at + 1);
        int value = operator == '*' ? a * b : operator == '+' ? a + b : a - b;
        left.set(at, value);
        steps.add(new int[] {a, operator, b, value});
      }
      return steps;
    }

    boolean legal() {
      return steps().stream().allMatch(step -> step[3] >= 0 && step[3] <= 99);
    }

    int answer() {
      return steps().get(2)[3];
    }

    String careful() {
      List<String> parts = new ArrayList<>();
      for (int[] step : steps()) {
        parts.add("" + step[0] + (char) step[1] + step[2] + "=" + step[3]);
      }
      return String.join(",", parts);
    }

    /** As a cheap calculator does: no precedence, and differences without a sign. */
    String leftToRight() {
      List<String> parts = new ArrayList<>();
      int value = numbers.get(0);
      for (int i = 0; i < operators.size(); i++) {
        char operator = operators.get(i);
        int b = numbers.get(i + 1);
        int next = operator == '*' ? value * b : operator == '+' ? value + b : Math.abs(value - b);
        parts.add("" + value + operator + b + "=" + next);
        value = next;
      }
      String text = String.join(",", parts);
      return text.substring(0, Math.min(text.length(), LONGEST_RESPONSE));
    }
  }
}
