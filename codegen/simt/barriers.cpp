#include "codegen/simt/barriers.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

#include "codegen/ir/printer.hpp"
#include "codegen/ir/rules.hpp"
#include "codegen/ir/uniformity.hpp"
#include "codegen/simt/element_form.hpp"

namespace sporkle::codegen {
namespace {

using tile::Instruction;
using tile::Op;
using tile::Region;
using tile::Space;
using tile::Value;

struct Access {
    const Instruction* instruction = nullptr;  ///< for messages, no part of what is compared
    int buffer = -1;
    bool write = false;
    int lanes = 1;
    enum Shape { contiguous, strided, anywhere } shape = contiguous;
    ElementForm element;
    Value stride;

    bool same_as(const Access& other) const {
        return buffer == other.buffer && write == other.write && lanes == other.lanes &&
               shape == other.shape && stride == other.stride && element == other.element;
    }
};

/// Accesses since the last barrier, each once.
using Pending = std::vector<Access>;

void add(Pending& pending, const Access& access) {
    const auto same = [&](const Access& other) { return access.same_as(other); };
    if (std::none_of(pending.begin(), pending.end(), same)) pending.push_back(access);
}
void add(Pending& pending, const Pending& more) {
    for (const Access& access : more) add(pending, access);
}
bool same(const Pending& a, const Pending& b) {
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const Access& x) {
               return std::any_of(b.begin(), b.end(), [&](const Access& y) { return x.same_as(y); });
           });
}

class Analysis {
  public:
    Analysis(const tile::Kernel& kernel, const std::vector<bool>& own)
        : k_(kernel),
          own_(own),
          definitions_(kernel),
          uniformity_(kernel),
          is_read_(kernel.buffers.size()),
          is_written_(kernel.buffers.size()) {
        note_uses(kernel.body);
    }

    std::set<const Instruction*> run() {
        Pending pending;
        if (k_.threads > 1 || k_.members > 1) region(k_.body, pending, false);
        return std::move(barriers_);
    }

  private:
    /// What a loop does to those around it, which does not depend on them.
    struct Summary {
        Pending exposed;  ///< what it does before a barrier of its own
        Pending left;     ///< what it leaves behind
    };

    void note_uses(const Region& r) {
        for (const Instruction& i : r.body) {
            if (tile::reads(i.op)) is_read_[static_cast<std::size_t>(i.buffer)] = true;
            if (tile::writes(i.op)) is_written_[static_cast<std::size_t>(i.buffer)] = true;
            for (const Region& inner : i.regions) note_uses(inner);
        }
    }

    bool is_tracked(const Instruction& i) const {
        if (!tile::reads(i.op) && !tile::writes(i.op)) return false;
        const auto n = static_cast<std::size_t>(i.buffer);
        const tile::Buffer& b = k_.buffers[n];
        return b.space == Space::private_ ? own_[n] : !b.explicit_barriers;
    }
    bool is_global(int buffer) const {
        return k_.buffers[static_cast<std::size_t>(buffer)].space == Space::global;
    }

    const Access& access_of(const Instruction& i) {
        const auto [found, is_new] = accesses_.try_emplace(&i);
        if (!is_new) return found->second;
        Access& a = found->second;
        a.instruction = &i;
        a.buffer = i.buffer;
        a.write = tile::writes(i.op);
        a.lanes = k_.type_of(a.write ? i.operands[0] : i.results[0]).elements();
        // Of a global buffer that is only read no more matters.
        if (is_global(i.buffer) && !is_written_[static_cast<std::size_t>(i.buffer)]) return a;
        const std::size_t where = a.write ? 1 : 0;
        if (i.op == Op::gather || i.op == Op::scatter || tile::is_matrix(i.op)) {
            a.shape = Access::anywhere;
            return a;
        }
        a.element = definitions_.form(i.operands[where]);
        if (i.op == Op::load_strided || i.op == Op::store_strided) {
            a.shape = Access::strided;
            a.stride = i.operands[where + 1];
        }
        return a;
    }

    // ---- conflicts

    bool conflict(const Access& earlier, const Access& later) const {
        if (!earlier.write && !later.write) return false;
        if (earlier.buffer != later.buffer) return conflict_in_place(earlier, later);
        const auto n = static_cast<std::size_t>(later.buffer);
        if (is_global(later.buffer) && !is_read_[n]) return false;
        if (k_.members == 1 || own_[n])
            return !is_same_thread(earlier, later) && !are_disjoint(earlier, later);
        return !(is_same_thread(earlier, later) && moves_with_member(earlier, later)) &&
               !(are_disjoint(earlier, later) && is_uniform(earlier) && is_uniform(later));
    }

    bool conflict_in_place(const Access& earlier, const Access& later) const {
        const bool may_alias = is_global(earlier.buffer) && is_global(later.buffer) && !earlier.write &&
                               !is_written_[static_cast<std::size_t>(earlier.buffer)];
        if (!may_alias || k_.threads == 1) return false;
        // What a matrix unit multiplies is not read at the points where something is written.
        if (tile::is_matrix(earlier.instruction->op) || tile::is_matrix(later.instruction->op)) return false;
        if (earlier.lanes == 1 || later.lanes == 1) return earlier.lanes == later.lanes;
        return earlier.lanes != later.lanes;
    }

    /// Within a member.
    bool is_same_thread(const Access& a, const Access& b) const {
        if (k_.threads == 1) return true;
        if (a.lanes != b.lanes || a.shape != b.shape || a.shape == Access::anywhere) return false;
        if (a.lanes == 1) return a.write && b.write;
        const ElementForm distance = ElementForm::difference(a.element, b.element);
        if (a.shape == Access::contiguous) return definitions_.factor(distance) % a.lanes == 0;
        return a.stride == b.stride && distance == ElementForm{};
    }

    bool are_disjoint(const Access& a, const Access& b) const {
        if (a.shape != Access::contiguous || b.shape != Access::contiguous) return false;
        const ElementForm distance = ElementForm::difference(b.element, a.element);
        return distance.terms.empty() && (distance.constant >= a.lanes || distance.constant <= -b.lanes);
    }

    bool is_uniform(const Access& a) const {
        return std::none_of(a.element.terms.begin(), a.element.terms.end(),
                            [&](const ElementForm::Term& t) { return uniformity_.varies(t.value); });
    }

    /// Both at one place, which no other member's place can meet.
    bool moves_with_member(const Access& a, const Access& b) const {
        if (a.shape != Access::contiguous || b.shape != Access::contiguous || a.lanes != b.lanes ||
            ElementForm::difference(a.element, b.element) != ElementForm{})
            return false;
        bool apart = false;
        for (const ElementForm::Term& term : a.element.terms) {
            if (!uniformity_.varies(term.value)) continue;
            if (!definitions_.is_member_id(term.value)) return false;
            apart = std::abs(term.coefficient) >= a.lanes;
        }
        return apart;
    }

    const Access* met(const Pending& earlier, const Access& later) const {
        const auto found =
            std::find_if(earlier.begin(), earlier.end(), [&](const Access& e) { return conflict(e, later); });
        return found == earlier.end() ? nullptr : &*found;
    }

    // ---- the way through the kernel

    /// Puts a barrier before an instruction, because of an access in or at it.
    void need(const Instruction& before, const Access& access, bool diverged) {
        if (diverged)
            throw std::logic_error(
                "distribute: kernel '" + k_.name + "': buffer '" +
                k_.buffers[static_cast<std::size_t>(access.buffer)].name +
                "' needs a barrier where not all members come, before: " + print(k_, *access.instruction));
        barriers_.insert(&before);
    }

    void region(const Region& r, Pending& pending, bool diverged) {
        for (const Instruction& i : r.body) {
            if (i.op == Op::barrier || barriers_.contains(&i)) pending.clear();
            if (i.op == Op::for_) {
                loop(i, pending, diverged);
            } else if (i.op == Op::if_) {
                branch(i, pending, diverged);
            } else if (is_tracked(i)) {
                const Access& access = access_of(i);
                if (met(pending, access) != nullptr) {
                    need(i, access, diverged);
                    pending.clear();
                }
                add(pending, access);
            }
        }
    }

    /// A barrier before a control instruction where something in it meets what is pending.
    void guard(const Instruction& i, const Pending& exposed, Pending& pending, bool diverged) {
        for (const Access& access : exposed) {
            if (met(pending, access) == nullptr) continue;
            need(i, access, diverged);
            pending.clear();
            return;
        }
    }

    void branch(const Instruction& i, Pending& pending, bool diverged) {
        const bool diverges = !diverged && uniformity_.varies(i.operands[0]);
        if (diverges) {
            Pending exposed;
            for (const Region& r : i.regions) expose(r, exposed);
            guard(i, exposed, pending, false);
        }
        Pending after;
        for (const Region& r : i.regions) {
            Pending side = pending;
            region(r, side, diverged || diverges);
            add(after, side);
        }
        pending = std::move(after);
    }

    /// What has happened in a loop stays pending behind it; so does what was pending before it, since it may
    /// run no trip.
    void loop(const Instruction& i, Pending& pending, bool diverged) {
        const bool diverges = std::any_of(i.operands.begin(), i.operands.begin() + 3,
                                          [&](Value v) { return uniformity_.varies(v); });
        auto found = summaries_.find(&i);
        if (found == summaries_.end()) found = summaries_.emplace(&i, summary(i, diverged || diverges)).first;
        guard(i, found->second.exposed, pending, diverged);
        add(pending, found->second.left);
    }

    Summary summary(const Instruction& i, bool diverged) {
        Summary result;
        for (;;) {
            const std::size_t before = barriers_.size();
            Pending pending = result.left;
            region(i.regions[0], pending, diverged);
            Pending left;
            for (Access& access : pending) add(left, aged(std::move(access), i));
            const bool settled = barriers_.size() == before && same(left, result.left);
            // A barrier that came to be may have ended what was taken for pending.
            result.left = barriers_.size() == before ? std::move(left) : Pending{};
            if (settled) break;
        }
        expose(i.regions[0], result.exposed);
        return result;
    }

    /// An access as the next trip of a loop sees it.
    Access aged(Access access, const Instruction& loop) const {
        if (access.stride && definitions_.is_inside(access.stride, loop)) access.shape = Access::anywhere;
        ElementForm element{access.element.constant, {}};
        for (ElementForm::Term term : access.element.terms) {
            term.stale = term.stale || definitions_.is_inside(term.value, loop);
            element.add(term);
        }
        access.element = std::move(element);
        return access;
    }

    /// Adds what a region does before any barrier of its own; true when every way through it has one.
    bool expose(const Region& r, Pending& exposed) {
        for (const Instruction& i : r.body) {
            if (i.op == Op::barrier || barriers_.contains(&i)) return true;
            if (i.op == Op::for_) {
                const auto found = summaries_.find(&i);
                if (found != summaries_.end())
                    add(exposed, found->second.exposed);
                else
                    expose(i.regions[0], exposed);
            } else if (i.op == Op::if_) {
                const bool then = expose(i.regions[0], exposed);
                const bool otherwise = expose(i.regions[1], exposed);
                if (then && otherwise) return true;
            } else if (is_tracked(i)) {
                add(exposed, access_of(i));
            }
        }
        return false;
    }

    const tile::Kernel& k_;
    const std::vector<bool>& own_;
    Definitions definitions_;
    tile::Uniformity uniformity_;
    std::vector<bool> is_read_, is_written_;  ///< by buffer
    std::map<const Instruction*, Access> accesses_;
    std::map<const Instruction*, Summary> summaries_;  ///< by loop
    std::set<const Instruction*> barriers_;
};

}  // namespace

std::set<const Instruction*> needed_barriers(const tile::Kernel& kernel, const std::vector<bool>& own) {
    return Analysis(kernel, own).run();
}

}  // namespace sporkle::codegen
