/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.llm.bitnet.template.Expression.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions. */
final class Evaluator {

  private final Budget budget;
  private int line = 1;

  Evaluator(Budget budget) {
    this.budget = budget;
  }

  /** The line of what is or was last evaluated. */
  int line() {
    return line;
  }

  void at(int newLine) {
    line = newLine;
  }

  Value evaluate(Expression expression, Scope scope) {
    budget.enterNode();
    line = expression.line();
    Value value = switch (expression) {
      case Expression.Literal literal -> literal.value();
      case Expression.Name name -> scope.get(name.name());
      case Expression.TupleDisplay tuple -> Value.tuple(evaluateAll(tuple.items(), scope));
      case Expression.ListDisplay list -> new Value.ListValue(evaluateAll(list.items(), scope));
      case Expression.DictDisplay dict -> dict(dict, scope);
      case Expression.Negation negation -> Value.of(!Values.truth(evaluate(negation.operand(), scope)));
      case Expression.Unary unary -> Arithmetic.unary(unary.operator(), evaluate(unary.operand(), scope));
      case Expression.Binary binary -> binary(binary, scope);
      case Expression.Logical logical -> {
        Value left = evaluate(logical.left(), scope);
        yield Values.truth(left) == logical.and() ? evaluate(logical.right(), scope) : left;
      }
      case Expression.Compare compare -> Value.of(compare(compare, scope));
      case Expression.Concatenation concatenation -> concatenate(concatenation, scope);
      case Expression.Conditional conditional -> conditional(conditional, scope);
      case Expression.Attribute attribute -> {
        Value target = evaluate(attribute.target(), scope);
        line = attribute.line();
        yield Attributes.attribute(budget, target, attribute.name());
      }
      case Expression.Subscript subscript -> {
        Value target = evaluate(subscript.target(), scope);
        Value key = evaluate(subscript.key(), scope);
        line = subscript.line();
        yield Attributes.item(budget, target, key);
      }
      case Expression.Slice slice -> slice(slice, scope);
      case Expression.Call call -> call(call, scope, Map.of());
      case Expression.Filtered filtered -> filter(filtered, Value.NONE, scope);
      case Expression.Tested tested -> test(tested, scope);
    };
    budget.leaveNode();
    return value;
  }

  private List<Value> evaluateAll(List<Expression> expressions, Scope scope) {
    budget.items(expressions.size());
    var values = new ArrayList<Value>(expressions.size());
    for (Expression expression : expressions) {
      values.add(evaluate(expression, scope));
    }
    return values;
  }

  private Value dict(Expression.DictDisplay display, Scope scope) {
    var dict = new DictValue();
    for (Expression.Pair pair : display.pairs()) {
      Value key = evaluate(pair.key(), scope);
      dict.put(budget, key, evaluate(pair.value(), scope));
    }
    return dict;
  }

  private Value binary(Expression.Binary binary, Scope scope) {
    Value left = evaluate(binary.left(), scope);
    Value right = evaluate(binary.right(), scope);
    line = binary.line();
    return Arithmetic.apply(budget, binary.operator(), left, right);
  }

  private boolean compare(Expression.Compare compare, Scope scope) {
    Value left = evaluate(compare.first(), scope);
    for (Expression.Operand operand : compare.rest()) {
      Value right = evaluate(operand.expression(), scope);
      line = compare.line();
      if (!holds(operand.operator(), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private boolean holds(String operator, Value left, Value right) {
    return switch (operator) {
      case "==" -> Comparison.equal(budget, left, right);
      case "!=" -> !Comparison.equal(budget, left, right);
      case "<" -> Comparison.ordered(budget, left, right, Comparison.Order.LESS);
      case "<=" -> Comparison.ordered(budget, left, right, Comparison.Order.LESS_EQUAL);
      case ">" -> Comparison.ordered(budget, left, right, Comparison.Order.GREATER);
      case ">=" -> Comparison.ordered(budget, left, right, Comparison.Order.GREATER_EQUAL);
      case "in" -> Comparison.contains(budget, right, left);
      default -> !Comparison.contains(budget, right, left);
    };
  }

  private Value concatenate(Expression.Concatenation concatenation, Scope scope) {
    var out = new TextBuilder(budget);
    for (Expression part : concatenation.parts()) {
      out.append(Representation.string(budget, evaluate(part, scope)));
    }
    return out.build();
  }

  private Value conditional(Expression.Conditional conditional, Scope scope) {
    if (Values.truth(evaluate(conditional.condition(), scope))) {
      return evaluate(conditional.then(), scope);
    }
    Expression otherwise = conditional.otherwise();
    return otherwise != null
        ? evaluate(otherwise, scope)
        : new Value.Undefined("the inline if-expression on line " + conditional.line()
            + " evaluated to false and no else section was defined.");
  }

  private Value slice(Expression.Slice slice, Scope scope) {
    Value target = evaluate(slice.target(), scope);
    Value start = bound(slice.start(), scope);
    Value stop = bound(slice.stop(), scope);
    Value step = bound(slice.step(), scope);
    line = slice.line();
    return Slicing.slice(budget, target, start, stop, step);
  }

  private Value bound(@Nullable Expression expression, Scope scope) {
    return expression == null ? Value.NONE : evaluate(expression, scope);
  }

  /**
   * Calls a function.
   *
   * @param extra keyword arguments besides those written
   */
  Value call(Expression.Call call, Scope scope, Map<String, Value> extra) {
    Value callee = evaluate(call.callee(), scope);
    CallArguments arguments = arguments(call.arguments(), scope, extra);
    line = call.line();
    return switch (callee) {
      case Value.Function function -> function.body().call(arguments);
      case LoopContext loop -> loop.call(arguments);
      case Value.Undefined undefined -> throw new TemplateFailure(undefined.message());
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Text _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Namespace _ ->
        throw new TemplateFailure(
            "'" + Values.typeName(callee) + "' object is not callable");
    };
  }

  private CallArguments arguments(Arguments written, Scope scope, Map<String, Value> extra) {
    if (written.isEmpty() && extra.isEmpty()) {
      return CallArguments.EMPTY;
    }
    List<Value> positional = evaluateAll(written.positional(), scope);
    var keywords = new LinkedHashMap<String, Value>();
    for (Expression.Keyword keyword : written.keywords()) {
      addKeyword(keywords, keyword.name(), evaluate(keyword.value(), scope));
    }
    Expression sequence = written.sequence();
    if (sequence != null) {
      List<Value> more = Values.list(budget, evaluate(sequence, scope));
      budget.items((long) positional.size() + more.size());
      positional.addAll(more);
    }
    Expression mapping = written.mapping();
    if (mapping != null) {
      if (!(evaluate(mapping, scope) instanceof DictValue dict)) {
        throw new TemplateFailure("argument after ** must be a mapping");
      }
      for (DictValue.Entry entry : dict.entries()) {
        addKeyword(keywords, Values.text("keywords", entry.key()).string(), entry.value());
      }
    }
    extra.forEach((name, value) -> addKeyword(keywords, name, value));
    return new CallArguments(positional, keywords);
  }

  private void addKeyword(Map<String, Value> keywords, String name, Value value) {
    if (keywords.put(name, value) != null) {
      throw new TemplateFailure("got multiple values for keyword argument '" + name + "'");
    }
    budget.grow(keywords.size());
  }

  /** Applies a chain of filters; the first takes {@code blockText} when it has no expression before it. */
  Value filter(Expression.Filtered filtered, Value blockText, Scope scope) {
    Expression target = filtered.target();
    Value input = switch (target) {
      case null -> blockText;
      case Expression.Filtered inner -> {
        budget.enterNode();
        Value result = filter(inner, blockText, scope);
        budget.leaveNode();
        yield result;
      }
      default -> evaluate(target, scope);
    };
    CallArguments arguments = arguments(filtered.arguments(), scope, Map.of());
    line = filtered.line();
    return Filters.apply(budget, filtered.filter(), input, arguments);
  }

  private Value test(Expression.Tested tested, Scope scope) {
    Value target = evaluate(tested.target(), scope);
    CallArguments arguments = arguments(tested.arguments(), scope, Map.of());
    line = tested.line();
    return Value.of(Tests.apply(budget, tested.test(), target, arguments));
  }
}
