// A kernel as a row of steps. What a step does is in interpreter_arithmetic.cpp and interpreter_access.cpp;
// the jumps of loops and branches are here.
//
//   for:  begin, body, again (jumps behind begin), end        if:  branch, then, join (jumps over else), else
#include <algorithm>
#include <cstring>

#include "codegen/ir/arithmetic.hpp"
#include "codegen/ir/interpreter_machine.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::tile::interpreter {
namespace {

void copy_all(Machine& m, const Step& s) {
    for (const Copy& copy : s.copies) std::memcpy(m.frame + copy.to, m.frame + copy.from, copy.bytes);
}

/// As if all values were read before the first one is written: a loop may yield its own parameters.
void copy_at_once(Machine& m, const Step& s) {
    std::byte* spare = m.spare.data();
    for (const Copy& copy : s.copies) {
        std::memcpy(spare, m.frame + copy.from, copy.bytes);
        spare += copy.bytes;
    }
    spare = m.spare.data();
    for (const Copy& copy : s.copies) {
        std::memcpy(m.frame + copy.to, spare, copy.bytes);
        spare += copy.bytes;
    }
}

/// Remembers which way a member went where a barrier or shuffle depends on it (FNV-1a).
void choose(Machine& m, const Step& s, bool way) {
    if (s.collective) m.path = (m.path ^ (way ? 2u : 1u)) * 0x100000001b3u;
}

void begin_loop(Machine& m, const Step& s) {
    const std::int64_t low = *m.at<std::int64_t>(s.operand[0]);
    const std::int64_t high = *m.at<std::int64_t>(s.operand[1]);
    const std::int64_t step = *m.at<std::int64_t>(s.operand[2]);
    if (step <= 0) throw Fault{s.source, "the step is " + std::to_string(step)};
    copy_all(m, s);
    *m.at<std::int64_t>(s.result) = low;
    choose(m, s, low < high);
    if (low >= high) m.jump(s);
}

void again(Machine& m, const Step& s) {
    std::int64_t& counter = *m.at<std::int64_t>(s.result);
    copy_at_once(m, s);
    if (__builtin_add_overflow(counter, *m.at<std::int64_t>(s.operand[2]), &counter))
        throw Fault{s.source, "the counter overflows"};
    const bool on = counter < *m.at<std::int64_t>(s.operand[1]);
    choose(m, s, on);
    if (on) m.jump(s);
}

void branch_off(Machine& m, const Step& s) {
    const bool condition = *m.at<bool>(s.operand[0]);
    choose(m, s, condition);
    if (!condition) m.jump(s);
}

void copy_and_jump(Machine& m, const Step& s) {
    copy_all(m, s);
    m.jump(s);
}

void stop(Machine& m, const Step& s) { m.stop_at(s); }

bool holds_collective(const Instruction& i) {
    return is_collective(i.op) || std::any_of(i.regions.begin(), i.regions.end(), [](const Region& r) {
               return std::any_of(r.body.begin(), r.body.end(), holds_collective);
           });
}

class Decoder {
  public:
    Decoder(const Kernel& kernel, const Execution& execution, Machine& machine)
        : k_(kernel), execution_(execution), m_(machine), places_(kernel.types.size(), nowhere) {}

    std::vector<std::byte> run() {
        lay_out();
        region(k_.body);
        append(k_.body.body.back(), stop);
        return std::move(image_);
    }

  private:
    void lay_out() {
        std::size_t end = 0;
        for (std::size_t id = 1; id < places_.size(); ++id) {
            const std::size_t bytes = bytes_of(Value{static_cast<std::uint32_t>(id)});
            const std::size_t alignment = bytes >= line ? line : 8;
            end = (end + alignment - 1) / alignment * alignment;
            places_[id] = static_cast<Place>(end);
            end += bytes;
        }
        image_.resize((end + line - 1) / line * line);
    }

    std::size_t bytes_of(Value v) const {
        const Type type = k_.type_of(v);
        return static_cast<std::size_t>(size_of(type.scalar) * type.elements());
    }
    Place place(Value v) const { return places_[v.id]; }
    Copy copy(Value to, Value from) const {
        return {place(to), place(from), static_cast<std::uint32_t>(bytes_of(to))};
    }

    int here() const { return static_cast<int>(m_.code.size()); }
    /// The reference holds until the next step is appended.
    Step& append(const Instruction& i, Run run) {
        Step& s = m_.code.emplace_back();
        s.source = &i;
        s.run = run;
        return s;
    }

    void region(const Region& region) {
        for (const Instruction& i : region.body) instruction(i);
    }

    void instruction(const Instruction& i) {
        switch (i.op) {
            case Op::constant:
                return fill(i.results[0], i.bits);
            case Op::parameter:
                return fill(i.results[0], execution_.parameters[static_cast<std::size_t>(i.imm)]);
            case Op::flushes:
                return fill(i.results[0], execution_.flushes ? 1 : 0);
            case Op::lane_ids:
                return number_lanes(i.results[0]);
            case Op::yield:
                return;
            case Op::for_:
                return loop(i);
            case Op::if_:
                return branch(i);
            default:
                simple(i);
        }
    }

    void put(Value v, unsigned lane, std::uint64_t bits) {
        with_dtype(k_.type_of(v).scalar, [&]<DType T>() {
            const Native<T> element = element_from_bits<T>(bits);
            std::memcpy(image_.data() + place(v) + lane * sizeof element, &element, sizeof element);
        });
    }
    void fill(Value v, std::uint64_t bits) {
        for (int l = 0; l < k_.type_of(v).elements(); ++l) put(v, static_cast<unsigned>(l), bits);
    }
    void number_lanes(Value v) {
        for (unsigned l = 0; l < k_.type_of(v).lanes; ++l) put(v, l, l);
    }

    void simple(const Instruction& i) {
        Step& s = append(i, nullptr);
        s.imm = i.imm;
        std::vector<Value> operands = i.operands;
        if (i.masked) {
            s.mask = place(operands.back());
            operands.pop_back();
        }
        if (i.op == Op::concat) {
            const auto bytes = static_cast<std::uint32_t>(bytes_of(operands[0]));
            for (std::uint32_t n = 0; n < operands.size(); ++n)
                s.copies.push_back({place(i.results[0]) + n * bytes, place(operands[n]), bytes});
        } else {
            for (std::size_t n = 0; n < operands.size(); ++n) s.operand[n] = place(operands[n]);
        }
        if (!i.results.empty()) s.result = place(i.results[0]);
        const Type type = !i.results.empty()  ? k_.type_of(i.results[0])
                          : !operands.empty() ? k_.type_of(operands[0])
                                              : Type{};
        s.lanes = type.lanes;
        s.bytes = static_cast<std::uint32_t>(size_of(type.scalar)) * type.lanes;
        if (i.op == Op::extract || i.op == Op::slice) s.imm = i.imm * size_of(type.scalar);
        if (is_load(i.op) || is_store(i.op)) {
            s.buffer = i.buffer;
            s.alignment = i.nontemporal ? std::max(i.alignment, static_cast<int>(s.bytes)) : i.alignment;
            s.run = access_step(i.op, type.scalar);
        } else if (is_matrix(i.op)) {
            s.buffer = i.buffer;
            s.rows = type.rows;
            s.columns = type.columns;
            const Type first = k_.type_of(operands[0]);
            s.products = first.columns;
            s.run = matrix_step(i.op, type.scalar, first.scalar);
        } else if (is_collective(i.op) && k_.members > 1) {
            s.run = stop;
        } else if (can_be_flush_safe(i.op) && i.imm == 1 && execution_.flushes) {
            s.run = flushing_step(i.op);
        } else {
            s.run = arithmetic_step(i.op, operands.empty() ? type.scalar : k_.type_of(operands[0]).scalar,
                                    type.scalar);
        }
    }

    Step& append_loop(const Instruction& i, Run run, bool collective) {
        Step& s = append(i, run);
        s.collective = collective;
        s.result = place(i.regions[0].parameters[0]);
        for (std::size_t n = 0; n < 3; ++n) s.operand[n] = place(i.operands[n]);
        return s;
    }

    void loop(const Instruction& i) {
        const bool collective = holds_collective(i);
        const Region& body = i.regions[0];
        const int begin = here();
        Step& head = append_loop(i, begin_loop, collective);
        std::size_t bytes = 0;
        for (std::size_t n = 0; n < i.results.size(); ++n) {
            head.copies.push_back(copy(body.parameters[n + 1], i.operands[n + 3]));
            bytes += bytes_of(i.results[n]);
        }
        m_.spare.resize(std::max(m_.spare.size(), bytes));
        region(body);
        Step& tail = append_loop(i, again, collective);
        tail.target = begin + 1;
        for (std::size_t n = 0; n < i.results.size(); ++n)
            tail.copies.push_back(copy(body.parameters[n + 1], body.body.back().operands[n]));
        m_.code[static_cast<std::size_t>(begin)].target = here();
        Step& end = append(i, copy_all);
        for (std::size_t n = 0; n < i.results.size(); ++n)
            end.copies.push_back(copy(i.results[n], body.parameters[n + 1]));
    }

    void branch(const Instruction& i) {
        const auto head = static_cast<std::size_t>(here());
        Step& fork = append(i, branch_off);
        fork.operand[0] = place(i.operands[0]);
        fork.collective = holds_collective(i);
        region(i.regions[0]);
        const auto join = static_cast<std::size_t>(here());
        yields(i, append(i, copy_and_jump), 0);
        m_.code[head].target = here();
        region(i.regions[1]);
        yields(i, append(i, copy_all), 1);
        m_.code[join].target = here();
    }

    void yields(const Instruction& i, Step& s, std::size_t side) const {
        for (std::size_t n = 0; n < i.results.size(); ++n)
            s.copies.push_back(copy(i.results[n], i.regions[side].body.back().operands[n]));
    }

    const Kernel& k_;
    const Execution& execution_;
    Machine& m_;
    std::vector<Place> places_;
    std::vector<std::byte> image_;
};

}  // namespace

std::vector<std::byte> decode(const Kernel& kernel, const Execution& execution, Machine& m) {
    return Decoder(kernel, execution, m).run();
}

}  // namespace sporkle::tile::interpreter
