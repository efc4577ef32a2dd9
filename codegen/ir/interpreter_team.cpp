// How the members of a task take turns. Each runs alone until it comes to a barrier or shuffle or to its end;
// when the last one has stopped, all of them must have come to the same place on the same way. That is no
// order which a machine promises, so that a result could depend on it: accesses that it would order by chance
// are faults (Touch).
#include <cstring>

#include "codegen/ir/interpreter_machine.hpp"

namespace sporkle::tile::interpreter {
namespace {

/// Shows the machine what belongs to a member.
void enter(Machine& m, std::uint32_t number) {
    const std::ptrdiff_t distance =
        (static_cast<std::ptrdiff_t>(number) - static_cast<std::ptrdiff_t>(m.member)) * m.private_bytes;
    for (const std::size_t n : m.private_areas) {
        m.areas[n].base += distance;
        m.areas[n].written += distance;
    }
    const Member& member = m.members[number];
    m.member = number;
    m.frame = member.frame;
    m.path = member.path;
    m.next = member.next;
}

/// Runs every member up to where it stops.
void run_to_next_stop(Machine& m) {
    const Step* first = nullptr;
    for (std::uint32_t n = 0; n < m.members.size(); ++n) {
        enter(m, n);
        m.run();
        m.members[n].next = m.arrived + 1;
        m.members[n].path = m.path;
        if (n == 0) first = m.arrived;
        if (m.arrived != first || m.path != m.members[0].path)
            throw Fault{m.arrived->source, "not all members come here: member 0 takes another way"};
    }
}

void exchange(Machine& m, const Step& s) {
    for (std::uint32_t n = 0; n < m.members.size(); ++n) {
        enter(m, n);
        const std::int64_t source = *m.at<std::int64_t>(s.operand[1]);
        const std::int64_t width = m.shuffle_width;
        if (source < 0 || source >= static_cast<std::int64_t>(m.members.size()) ||
            source / width != n / width)
            throw Fault{s.source, "its source is member " + std::to_string(source) +
                                      ", outside the group of " + std::to_string(width)};
        std::memcpy(m.frame + s.result, m.members[static_cast<std::size_t>(source)].frame + s.operand[0],
                    s.bytes);
    }
}

}  // namespace

void run_team(Machine& m) {
    for (Member& member : m.members) {
        member.next = m.code.data();
        member.path = 0;
    }
    const Step& end = m.code.back();
    for (++m.phase;;) {
        run_to_next_stop(m);
        if (m.arrived == &end) return;
        if (m.arrived->source->op == Op::shuffle)
            exchange(m, *m.arrived);
        else
            ++m.phase;
    }
}

}  // namespace sporkle::tile::interpreter
