/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.llm.bitnet.template.Statement.Block;
import dev.trine.llm.bitnet.template.Statement.MacroDefinition;
import dev.trine.llm.bitnet.template.Statement.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs the statements of one template for one conversation. */
final class Interpreter {

  private enum Flow {
    ON, BREAK, CONTINUE
  }

  private final Budget budget;
  private final Evaluator evaluator;

  Interpreter(Budget budget) {
    this.budget = budget;
    this.evaluator = new Evaluator(budget);
  }

  /** The line that was being worked on. */
  int line() {
    return evaluator.line();
  }

  /**
   * Renders a template.
   *
   * @param variables globals and the conversation
   */
  Text render(Block template, Map<String, Value> variables) {
    var out = new TextBuilder(budget);
    run(template.statements(), new Scope(new Scope(variables), template.frame()), out);
    return out.build();
  }

  private Flow run(List<Statement> statements, Scope scope, TextBuilder out) {
    for (Statement statement : statements) {
      Flow flow = run(statement, scope, out);
      if (flow != Flow.ON) {
        return flow;
      }
    }
    return Flow.ON;
  }

  private Flow run(Statement statement, Scope scope, TextBuilder out) {
    budget.enterNode();
    Flow flow = switch (statement) {
      case Statement.Data data -> {
        out.append(data.text());
        yield Flow.ON;
      }
      case Statement.Output output -> {
        for (Expression expression : output.expressions()) {
          out.append(Representation.string(budget, evaluator.evaluate(expression, scope)));
        }
        yield Flow.ON;
      }
      case Statement.If choice -> runIf(choice, scope, out);
      case Statement.For loop -> runFor(loop, scope, out);
      case Statement.Assign assign -> {
        Value value = evaluator.evaluate(assign.value(), scope);
        evaluator.at(assign.line());
        assign(assign.target(), value, scope);
        yield Flow.ON;
      }
      case Statement.AssignBlock assign -> runAssignBlock(assign, scope);
      case Statement.FilterBlock block -> runFilterBlock(block, scope, out);
      case Statement.Macro macro -> {
        scope.set(macro.name(), macro(macro.definition(), scope));
        yield Flow.ON;
      }
      case Statement.CallBlock block -> {
        Value caller = macro(block.caller(), scope);
        Value result = evaluator.call(block.call(), scope, Map.of("caller", caller));
        out.append(Representation.string(budget, result));
        yield Flow.ON;
      }
      case Statement.With with -> runWith(with, scope, out);
      case Statement.Scoped scoped -> run(scoped.body().statements(), inner(scope, scoped.body().frame()), out);
      case Statement.Break _ -> Flow.BREAK;
      case Statement.Continue _ -> Flow.CONTINUE;
    };
    budget.leaveNode();
    return flow;
  }

  /** A scope within another. */
  private Scope inner(Scope scope, Frame frame) {
    budget.work(16L * frame.unsetNames().size());
    return new Scope(scope, frame);
  }

  private Flow runIf(Statement.If choice, Scope scope, TextBuilder out) {
    for (Statement.Branch branch : choice.branches()) {
      if (Values.truth(evaluator.evaluate(branch.condition(), scope))) {
        return run(branch.body(), scope, out);
      }
    }
    return run(choice.otherwise(), scope, out);
  }

  private Flow runFor(Statement.For loop, Scope scope, TextBuilder out) {
    Value iterable = evaluator.evaluate(loop.iterable(), scope);
    evaluator.at(loop.line());
    if (loop.recursive()) {
      out.append(Representation.string(budget, new RecursiveLoop(loop, scope).render(iterable, 0)));
    } else {
      runItems(loop, scope, out, filtered(loop, iterable, scope), null, 0);
    }
    return Flow.ON;
  }

  private final class RecursiveLoop implements LoopContext.Recursion {

    private final Statement.For loop;
    private final Scope scope;

    RecursiveLoop(Statement.For loop, Scope scope) {
      this.loop = loop;
      this.scope = scope;
    }

    @Override
    public Value render(Value iterable, int depth) {
      budget.enterCall();
      var out = new TextBuilder(budget);
      runItems(loop, scope, out, filtered(loop, iterable, scope), this, depth);
      budget.leaveCall();
      return out.build();
    }
  }

  private void runItems(Statement.For loop, Scope scope, TextBuilder out, Value iterable,
      LoopContext.@Nullable Recursion recursion, int depth) {
    var context = new LoopContext(budget, iterable, recursion, depth);
    // As in Jinja, the else branch runs unless one turn came to the end of the body.
    boolean completed = false;
    for (Value item = context.advance(); item != null; item = context.advance()) {
      var inner = inner(scope, loop.body().frame());
      assign(loop.target(), item, inner);
      inner.set("loop", context);
      Flow flow = run(loop.body().statements(), inner, out);
      if (flow == Flow.BREAK) {
        break;
      }
      completed |= flow == Flow.ON;
    }
    if (!completed) {
      run(loop.otherwise().statements(), inner(scope, loop.otherwise().frame()), out);
    }
  }

  /** The items that pass the loop's condition, tested when they are asked for. */
  private Value filtered(Statement.For loop, Value iterable, Scope scope) {
    Expression filter = loop.filter();
    if (filter == null) {
      return iterable;
    }
    Iterator<Value> items = Values.iterate(budget, iterable);
    return new Value.Generator("generator", new LazyIterator(budget) {
      @Override
      protected @Nullable Value compute() {
        while (items.hasNext()) {
          Value item = items.next();
          var inner = inner(scope, loop.filterFrame());
          assign(loop.target(), item, inner);
          if (Values.truth(evaluator.evaluate(filter, inner))) {
            return repacked(loop.target(), inner, item);
          }
        }
        return null;
      }
    });
  }

  /** The item as the loop will see it: one that was taken apart is a tuple of its parts, whatever it was. */
  private static Value repacked(Target target, Scope scope, Value item) {
    return switch (target) {
      case Target.Variable variable -> scope.get(variable.name());
      case Target.Member _ -> item;
      case Target.Unpacked unpacked -> {
        var parts = new ArrayList<Value>();
        for (Target part : unpacked.targets()) {
          parts.add(repacked(part, scope, item));
        }
        yield Value.tuple(parts);
      }
    };
  }

  private Flow runAssignBlock(Statement.AssignBlock assign, Scope scope) {
    var inner = inner(scope, assign.body().frame());
    var body = new TextBuilder(budget);
    Flow flow = run(assign.body().statements(), inner, body);
    if (flow == Flow.ON) {
      Value value = body.build();
      Expression.Filtered filter = assign.filter();
      if (filter != null) {
        value = evaluator.filter(filter, value, inner);
      }
      evaluator.at(assign.line());
      assign(assign.target(), value, scope);
    }
    return flow;
  }

  private Flow runFilterBlock(Statement.FilterBlock block, Scope scope, TextBuilder out) {
    var inner = inner(scope, block.body().frame());
    var body = new TextBuilder(budget);
    Flow flow = run(block.body().statements(), inner, body);
    if (flow == Flow.ON) {
      out.append(Values.text("a filter block", evaluator.filter(block.filter(), body.build(), inner)));
    }
    return flow;
  }

  private Flow runWith(Statement.With with, Scope scope, TextBuilder out) {
    var inner = inner(scope, with.body().frame());
    for (int i = 0; i < with.targets().size(); i++) {
      assign(with.targets().get(i), evaluator.evaluate(with.values().get(i), scope), inner);
    }
    return run(with.body().statements(), inner, out);
  }

  private void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case Target.Variable variable -> scope.set(variable.name(), value);
      case Target.Member member -> {
        if (!(scope.get(member.namespace()) instanceof Value.Namespace namespace)) {
          throw new TemplateFailure("cannot assign attribute on non-namespace object");
        }
        namespace.attributes().put(member.attribute(), value);
        budget.grow(namespace.attributes().size());
      }
      case Target.Unpacked unpacked -> {
        List<Target> targets = unpacked.targets();
        List<Value> items = Values.list(budget, value);
        if (items.size() != targets.size()) {
          throw new TemplateFailure((items.size() < targets.size() ? "not enough" : "too many")
              + " values to unpack (expected " + targets.size() + ", got " + items.size() + ")");
        }
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), items.get(i), scope);
        }
      }
    }
  }

  private Value.Function macro(MacroDefinition definition, Scope scope) {
    Map<String, Supplier<Value>> attributes = Map.of("name", () -> Text.trusted(definition.name()), "arguments",
        () -> Value.tuple(definition.parameters().stream().<Value>map(Text::trusted).toList()), "caller",
        () -> Value.of(definition.usesCaller()), "catch_kwargs", () -> Value.of(definition.usesKwargs()),
        "catch_varargs", () -> Value.of(definition.usesVarargs()));
    return new Value.Function(definition.name(), arguments -> callMacro(definition, scope, arguments), attributes);
  }

  private Value callMacro(MacroDefinition macro, Scope scope, CallArguments arguments) {
    budget.enterCall();
    var inner = inner(scope, macro.body().frame());
    var keywords = new LinkedHashMap<>(arguments.keywords());
    List<Value> positional = arguments.positional();
    List<String> parameters = macro.parameters();
    budget.work(16L * parameters.size());
    int firstDefault = parameters.size() - macro.defaults().size();
    var missing = new ArrayList<Integer>();
    for (int i = 0; i < parameters.size(); i++) {
      String name = parameters.get(i);
      Value value = i < positional.size() ? positional.get(i) : keywords.remove(name);
      if (value != null) {
        inner.set(name, value);
      } else {
        inner.set(name, new Value.Undefined("parameter '" + name + "' was not provided"));
        missing.add(i);
      }
    }
    setSpecialVariables(macro, inner, positional, keywords);
    for (int i : missing) {
      if (i >= firstDefault) {
        inner.set(parameters.get(i), evaluator.evaluate(macro.defaults().get(i - firstDefault), inner));
      }
    }
    var out = new TextBuilder(budget);
    run(macro.body().statements(), inner, out);
    budget.leaveCall();
    return out.build();
  }

  private void setSpecialVariables(MacroDefinition macro, Scope inner, List<Value> positional,
      Map<String, Value> keywords) {
    if (macro.usesCaller() && !macro.parameters().contains("caller")) {
      Value caller = keywords.remove("caller");
      inner.set("caller", caller == null ? new Value.Undefined("No caller defined") : caller);
    }
    if (macro.usesKwargs()) {
      var rest = new DictValue();
      keywords.forEach((name, value) -> rest.put(budget, Text.trusted(name), value));
      inner.set("kwargs", rest);
    } else if (!keywords.isEmpty()) {
      throw new TemplateFailure("macro '" + macro.name() + "' takes no keyword argument '"
          + keywords.keySet().iterator().next() + "'");
    }
    int parameterCount = macro.parameters().size();
    if (macro.usesVarargs()) {
      inner.set("varargs",
          Value.tuple(positional.subList(Math.min(parameterCount, positional.size()), positional.size())));
    } else if (positional.size() > parameterCount) {
      throw new TemplateFailure("macro '" + macro.name() + "' takes not more than " + parameterCount + " argument(s)");
    }
  }
}
