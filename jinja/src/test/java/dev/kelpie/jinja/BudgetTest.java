package dev.kelpie.jinja;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Templates that would run for years, fill the heap or overflow the stack. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BudgetTest {
  /** Of processor time, because other work on the machine is no fault of a template. */
  private static final Duration MOST = Duration.ofSeconds(10);

  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

  private static final Clock NOW =
      Clock.fixed(Instant.parse("2024-07-26T15:04:05Z"), ZoneOffset.UTC);

  /** Doubles {@code ns.x} 60 times. */
  private static String doubled(String start, String operation, String use) {
    return "{% set ns = namespace(x="
        + start
        + ") %}{% for i in range(60) %}{% set ns.x = "
        + operation
        + " %}{% endfor %}{{ "
        + use
        + " }}";
  }

  private static void refuses(String source, String reason) {
    refuses(source, Map.of(), reason);
  }

  private static void refuses(String source, Map<String, Object> variables, String reason) {
    long start = CPU.getCurrentThreadCpuTime();
    assertThatThrownBy(() -> Template.parse(source).render(variables, NOW))
        .as(source.substring(0, Math.min(200, source.length())))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining(reason);
    assertThat(Duration.ofNanos(CPU.getCurrentThreadCpuTime() - start)).isLessThan(MOST);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %};steps",
        "{% set r = range(99999)|list %}{% for i in r %}{% for j in r %}{% endfor %}{% endfor"
            + " %};steps",
        "{% set r = range(9999)|list %}{% for i in r %}{% if i in r %}{% endif %}{% endfor"
            + " %};steps",
        "{% set r = range(9999)|list %}{% for i in r if r == r %}{% endfor %};steps",
        "{{ range(99999)|map('string')|unique|list }};steps",
        "{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{"
            + " f(40) }};steps",
        "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }};too deeply",
        "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }};too"
            + " deeply",
        "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %};too deeply",
        "{% for i in [1] recursive %}{{ loop([1]) ~ loop([1]) }}{% endfor %};too deeply",
        "{% set s = '1' * 4299 ~ 'x' %}{% for i in range(99999) %}{% if s|int %}{% endif %}{%"
            + " endfor %};steps",
        "{% set s = 'a' * 9000000 %}{% for i in range(99999) %}{% if s.count('') %}{% endif %}{%"
            + " endfor %};steps",
        "{% set s = 'a' * 9000000 %}{% set p = s ~ 'b' %}{% set t = s ~ 'cc' %}{% for i in"
            + " range(99999) %}{% if t.removeprefix(p) == '' %}{% endif %}{% endfor %};steps",
        "{% set s = 'a' * 9000000 %}{% set p = 'b' ~ s %}{% set t = 'cc' ~ s %}{% for i in"
            + " range(99999) %}{% if t.removesuffix(p) == '' %}{% endif %}{% endfor %};steps",
        "{% set s = 'a' * 9000000 %}{% set t = s ~ '' %}{% set d = {s: 1} %}{% for i in"
            + " range(99999) %}{% if t in d %}{% endif %}{% endfor %};steps",
        "{% set s = 'a' * 9000000 %}{% set t = s ~ '' %}{% set d = {s: 1} %}{% for i in"
            + " range(99999) %}{% if d[t] %}{% endif %}{% endfor %};steps",
        "{% set s = 'a' * 9000000 %}{% set t = s ~ '' %}{% set d = {s: 1} %}{% for i in"
            + " range(99999) %}{% if d.get(t) %}{% endif %}{% endfor %};steps",
        "{% set x = 3**5000 %}{% for i in range(99999) %}{% if x * x % (x + 1) %}{% endif %}{%"
            + " endfor %};steps",
        "{% for i in range(99999) %}{% if 3**5000 %}{% endif %}{% endfor %};steps",
        "{% set x = 2**16000 %}{% for i in range(99999) %}{% if 5e-324 < x %}{% endif %}{% endfor"
            + " %};steps",
        "{{ 'a' * 1000000000 }};characters of text",
        "{{ 'a' * 10**9 * 10**9 }};characters of text",
        "{{ 10**(10**10) }};bits",
        "{{ 2**100000000 }};bits",
        "{{ 9**9**9**9**9 }};bits",
        "{{ (-3)**99999 }};bits",
        "{{ '%1000000000d' % 1 }};a string % a number",
        "{{ 'a'.center(1000000000) }};method center",
        "{{ '{:1000000000}'.format(1) }};method format",
        "{{ 'a'|center(1000000000) }};filter center",
        "{{ 'a'.ljust(1000000000) }};method ljust",
        "{{ 'a b'|wordwrap(1) }};filter wordwrap",
        "{{ [1]|batch(1000000000, 0) }};filter batch",
        "{{ 'a\\nb'|indent(100000000) }};characters of text",
        "{{ ('a\\n' * 1000000)|indent(100) }};characters of text",
        "{{ [[[[1]]]]|tojson(indent=100000000) }};characters of text",
        "{{ ('a' * 100000).replace('', 'b' * 100000) }};characters of text",
        "{{ ('a' * 100000).replace('a', 'b' * 100000) }};characters of text",
        "{{ ('a' * 100000)|replace('a', 'b' * 100000) }};characters of text",
        "{{ ('b' * 1000).join('a' * 100000) }};characters of text",
        "{{ range(99999)|join('b' * 10000) }};characters of text",
        "{{ (',' * 9000000).split(',')|length }};lists of more",
        "{{ (' a' * 9000000).split()|length }};lists of more",
        "{{ ('\\n' * 9000000).splitlines()|length }};lists of more",
        "{{ ('a' * 9000000)|list|length }};lists of more",
        "{{ strftime_now('%A' * 1000000) }};steps",
        "{{ 'x' ~ ('\\x01' * 2000001)|tojson }};steps",
        "{{ [1] * 1000000000 }};a list * a number",
        "{{ range(1000000000) }};too many",
        "{{ range(-2147483648, 2147483647) }};too many",
        "{% for i in range(99999) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' * 1000 }}{%"
            + " endfor %};characters of text",
        "{% set s = 'a' * 9000000 %}{% for i in range(99999) %}{% if 'b' in s %}{% endif %}{%"
            + " endfor %};steps",
        "{% set s = 'a' * 9000000 %}{% for i in range(99999) %}{% if s[5] %}{% endif %}{% endfor"
            + " %};steps",
        "{% set s = 'a' * 9000000 %}{% for i in range(99999) %}{% if s|length %}{% endif %}{%"
            + " endfor %};steps",
        "{% set s = 'a' * 9000000 %}{% for i in range(99999) %}{% if s == s ~ '' %}{% endif %}{%"
            + " endfor %};characters of text",
      })
  void refusesATemplateWithoutEndOrBound(String source, String reason) {
    refuses(source, reason);
  }

  /** What is cheap once and stands often in a template. */
  @Test
  void refusesManyCheapParts() {
    String turns = "{% for i in range(99999) %}";
    String names = String.join(",", Collections.nCopies(20_000, "n"));
    refuses(turns + "{% if [" + names + "] %}{% endif %}{% endfor %}", "items");
    String deep = "{% with %}".repeat(250) + turns + "{% if [" + names + "] %}{% endif %}";
    refuses(deep + "{% endfor %}" + "{% endwith %}".repeat(250), "steps");
    String ands = String.join(",", Collections.nCopies(500, "1" + " and 1".repeat(200)));
    refuses(turns + "{% if [" + ands + "] %}{% endif %}{% endfor %}", "steps");
    String targets = IntStream.range(0, 20_000).mapToObj(i -> "n" + i).collect(joining(","));
    String each = "{% set r = range(20000) %}" + turns + "{% for " + targets + " in [r] %}";
    refuses(each + "{% endfor %}{% endfor %}", "steps");
    String parameters = "{% macro f(" + targets + ") %}{% endmacro %}";
    String named = "{{ f(" + targets.replace(",", "=1,") + "=1) }}";
    refuses(parameters + turns + named + "{% endfor %}", "items");
    refuses(parameters + turns + "{{ f() }}{% endfor %}", "steps");
    String path = "{% set p = 'a.' * 900000 %}" + turns + "{% if []|map(attribute=p) %}{% endif %}";
    refuses(path + "{% endfor %}", "steps");
    refuses(turns + "{{ 5e-324 }}{{ 1.7e308 }}{% endfor %}", "steps");
  }

  @Test
  void theLimitsGrowWithWhatIsGiven() {
    String loops = "{% for i in range(99999) %}{% for j in r %}{% endfor %}{% endfor %}";
    refuses(loops, Map.of("r", texts(1000, "")), "more than 21000000 steps");
    // 5,000,000 + 16 * 100 * 100 + 32 * 100 * 1,000
    refuses(loops, Map.of("r", texts(100, "a".repeat(1000))), "more than 8360000 steps");
    String text = "{% for i in range(9999) %}{{ s * 100000 }}{% endfor %}";
    refuses(text, Map.of("s", "a".repeat(1000)), "more than 33586432 characters"); // 2^25 + 32,000
    String items = "{% for i in range(99999) %}{% if r|list %}{% endif %}{% endfor %}";
    refuses(items, Map.of("r", texts(1000, "a")), "more than 4004000 items");
  }

  /** The ceiling of the limits, which a conversation of 2,000 messages reaches. */
  @Test
  void refusesATemplateWithoutEndForALongConversationToo() {
    Map<String, Object> variables = Map.of("messages", texts(2000, ""));
    refuses(
        "{% for i in messages %}{% for j in messages %}{% for k in messages %}{% endfor %}"
            + "{% endfor %}{% endfor %}",
        variables, "more than 64000000 steps");
    refuses(
        "{% set s = '1' * 4299 ~ 'x' %}{% for i in range(99999) %}{% if s|int %}{% endif %}"
            + "{% endfor %}",
        variables, "more than 64000000 steps");
  }

  /**
   * All messages for each message: for 2,000 messages the inner body is rendered 4,000,000 times.
   */
  @Test
  void rendersATemplateThatGoesThroughAllMessagesForEach() {
    String source =
        "{% for m in messages %}{% set ns = namespace(n=0) %}{% for o in messages %}"
            + "{% if o == 'x' or loop.index0 > 1998 %}{% set ns.n = ns.n + 1 %}{% endif %}"
            + "{% endfor %}{{ ns.n }}{% endfor %}";
    Map<String, Object> variables = Map.of("messages", texts(2000, "Hello"));
    assertThat(Template.parse(source).render(variables, NOW)).isEqualTo("1".repeat(2000));
  }

  private static List<String> texts(int count, String text) {
    return Collections.nCopies(count, text);
  }

  @Test
  void comparesFractionsAtTheirExactValue() {
    String source =
        "{{ 5e-324 > 0 }} {{ -0.0 == 0 }} {{ 9007199254740993 == 9007199254740992.0 }}"
            + " {{ 9007199254740992 == 9007199254740992.0 }} {{ 1.5 > true }} {{ 2**70 > 1e21 }}"
            + " {{ 5e-324|int }} {{ -7.9|int }} {{ 1e22|int }} {{ (2**70)|float }}";
    assertThat(Template.parse(source).render(Map.of(), NOW))
        .isEqualTo(
            "True True False True True True 0 -7 10000000000000000000000 1.1805916207174113e+21");
  }

  @Test
  void refusesValuesThatDouble() {
    refuses(doubled("'aaaaaaaaaaaaaaaa'", "ns.x + ns.x", "ns.x"), "characters of text");
    refuses(doubled("'a'", "ns.x ~ ns.x", "ns.x"), "characters of text");
    refuses(doubled("'a'", "ns.x.replace('a', 'aa')", "ns.x"), "steps");
    refuses(doubled("'a'", "ns.x|indent(ns.x|length, true)", "ns.x"), "characters of text");
    refuses(doubled("['a']", "ns.x + ns.x", "ns.x"), "lists of more");
    refuses(doubled("3", "ns.x * ns.x", "ns.x"), "bits");
    refuses(doubled("3", "ns.x + ns.x + 2**16383", "ns.x"), "bits");
    // a graph of 60 lists that prints, compares and is written as 2^60
    refuses(doubled("['a']", "[ns.x, ns.x]", "ns.x"), "steps");
    refuses(doubled("['a']", "[ns.x, ns.x]", "ns.x|tojson"), "steps");
    refuses(doubled("['a']", "{'a': ns.x, 'b': ns.x}", "ns.x|string|length"), "steps");
    String twice = doubled("['a']", "[ns.x, ns.x]", "''");
    refuses(twice + twice.replace("ns", "ms") + "{{ ns.x == ms.x }}", "steps");
    refuses(doubled("('a',)", "(ns.x, ns.x)", "{ns.x: 1}"), "as a key of a dict");
  }

  @Test
  void refusesANumberOfTooManyDigitsAsPythonDoes() {
    refuses("{{ 10**4300 }}", "4300 digits");
    refuses("{{ " + "1".repeat(4301) + " }}", "4300 digits");
    refuses("{{ " + "1_".repeat(200_000) + "1 }}", "4300 digits");
  }

  @Test
  void refusesDeepTemplates() {
    List<String[]> brackets = new ArrayList<>();
    brackets.add(new String[] {"(", ")"});
    brackets.add(new String[] {"[", "]"});
    brackets.add(new String[] {"{1:", "}"});
    brackets.add(new String[] {"x(", ")"});
    brackets.add(new String[] {"x[", "]"});
    brackets.add(new String[] {"-", ""});
    brackets.add(new String[] {"+", ""});
    brackets.add(new String[] {"not ", ""});
    brackets.add(new String[] {"1 + ", ""});
    brackets.add(new String[] {"1 ~ ", ""});
    brackets.add(new String[] {"1 * ", ""});
    brackets.add(new String[] {"1 ** ", ""});
    brackets.add(new String[] {"1 and ", ""});
    brackets.add(new String[] {"0 or ", ""});
    brackets.add(new String[] {"1 if 0 else ", ""});
    brackets.add(new String[] {"", "|string"});
    brackets.add(new String[] {"x is in ", ""});
    brackets.add(new String[] {"", ".a"});
    brackets.add(new String[] {"", "[1]"});
    brackets.add(new String[] {"", "()"});
    for (String[] bracket : brackets) {
      String deep = bracket[0].repeat(80_000) + "1" + bracket[1].repeat(80_000);
      refuses("{{ " + deep + " }}", "deep (expected: less)");
    }
    for (String tag :
        List.of("if 1", "for i in [1]", "set x", "filter trim", "macro f()", "with")) {
      refuses(
          "{% " + tag + " %}".repeat(1) + ("{% " + tag + " %}").repeat(50_000), "deep (expected");
    }
  }

  @Test
  void refusesLongTemplatesAtOnce() {
    refuses("{{ 1 }}\n".repeat(200_000), "1600000 characters (expected: at most 1048576)");
    refuses("{{ '" + "a".repeat(2_000_000) + "' }}", "characters (expected: at most");
  }

  @Test
  void rendersLongChainsOfBranchesAndLongTexts() {
    String elifs = "{% if x %}" + "{% elif x %}".repeat(20_000) + "{% else %}end{% endif %}";
    assertThat(Template.parse(elifs).render(Map.of(), NOW)).isEqualTo("end");
    String literal = "a".repeat(900_000);
    assertThat(Template.parse("{{ '" + literal + "' }}").render(Map.of(), NOW)).isEqualTo(literal);
    assertThat(Template.parse("{{ 1 }}\n".repeat(100_000)).render(Map.of(), NOW)).hasSize(199_999);
  }

  @Test
  void findsTextInLinearTime() {
    // a search that begins again at each character would take 10^12 comparisons
    String haystack = "a".repeat(2_000_000);
    Map<String, Object> variables = Map.of("s", haystack, "p", "a".repeat(1_000_000) + "b");
    String source = "{{ p in s }} {{ s.find(p) }} {{ s.count(p) }} {{ s.split(p)|length }}";
    String text =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(10), () -> Template.parse(source).render(variables, NOW));
    assertThat(text).isEqualTo("False -1 0 1");
    assertThat(Strings.find("aabaabaaab".repeat(10_000), "aaab".repeat(100) + "c", 0, new Budget()))
        .isEqualTo(-1);
    assertThat(Strings.find("ab".repeat(50_000) + "abb", "ababb", 0, new Budget()))
        .isEqualTo(99_998);
  }

  @Test
  void refusesDeepVariables() {
    Object deep = "x";
    for (int i = 0; i < 100_000; i++) {
      deep = List.of(deep);
    }
    Map<String, Object> variables = Map.of("x", deep);
    assertThatThrownBy(() -> Template.parse("{{ x }}").render(variables, NOW))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("too deeply");
  }

  @Test
  void namesTheLineOfWhatIsTooMuch() {
    assertThatThrownBy(() -> Template.parse("a\n{{ 1 }}\n{{ 'a' * 10**9 }}").render(Map.of(), NOW))
        .isInstanceOfSatisfying(TemplateException.class, e -> assertThat(e.line()).isEqualTo(3));
  }
}
