// Outline: what the types of a kernel's statements say, before any number in them is looked at. It holds the
// tables of tensors, scalars and indices in the order of first appearance, the arguments, and the first rule
// that the author broke. Every expression type tells the outline what it uses, in reading order:
// statements in order, each right-hand side from left to right, then its target.
#pragma once

#include <cstdint>
#include <string_view>

#include <sporkle/analysis.hpp>
#include <sporkle/dsl/fixed_string.hpp>
#include <sporkle/program.hpp>

namespace sporkle::notation {

/// The first broken rule; errors.hpp has a class template for each.
enum class Fault : std::uint8_t {
    none,
    duplicate_name,
    two_boundaries,
    two_extents,
    capacity,
    index_reduced_twice,
    reduction_index_escapes,
    free_index_missing,
    index_repeated_on_the_left,
    left_subscript_form,
    input_assigned,
    assigned_twice,
    read_before_assigned,
    never_assigned,
};

/// Indices of an expression: those on which its value depends, and those that are reduced somewhere in it.
struct IndexUse {
    IndexSet free = 0, reduced = 0;
    friend constexpr IndexUse operator|(IndexUse x, IndexUse y) {
        return {x.free | y.free, x.reduced | y.reduced};
    }
};

class Outline {
  public:
    Tensor tensors[max_tensors] = {};
    Scalar scalars[max_scalars] = {};
    Index indices[max_indices] = {};
    Argument arguments[max_arguments] = {};
    std::uint8_t tensor_count = 0, scalar_count = 0, index_count = 0, argument_count = 0;
    Fault fault = Fault::none;
    Name subject;  ///< of the fault: what the author called the thing concerned

    constexpr void complain(Fault what, std::string_view about) {
        if (fault != Fault::none) return;
        fault = what;
        subject.assign(about);
    }

    constexpr void node() { count(nodes_, max_nodes, "max_nodes"); }
    constexpr void reduction() { count(reductions_, max_reductions, "max_reductions"); }
    constexpr void statement() { count(statements_, max_statements, "max_statements"); }

    /// A read of a tensor.
    constexpr void read(const Tensor& declared) {
        const bool fresh = find(tensors, tensor_count, declared.name) < 0;
        const int t = tensor(declared);
        if (fresh && declared.role == Role::input) argument(false, t);
        if (declared.role == Role::temporary && !assigned_[t])
            early_reads_ |= std::uint32_t{1} << t;  // whether it is ever assigned shows at the end
    }

    /// An assignment to a tensor, after its right-hand side has been read.
    constexpr void assign(const Tensor& declared) {
        const bool fresh = find(tensors, tensor_count, declared.name) < 0;
        const int t = tensor(declared);
        if (assigned_[t]) return complain(Fault::assigned_twice, declared.name.view());
        assigned_[t] = true;
        if (declared.role == Role::temporary) return;
        if (!fresh) return complain(Fault::input_assigned, declared.name.view());
        tensors[t].role = Role::output;
    }

    constexpr void scalar(const Scalar& declared) {
        int s = find(scalars, scalar_count, declared.name);
        if (s >= 0) {
            if (scalars[s].dtype != declared.dtype) complain(Fault::duplicate_name, declared.name.view());
            return;
        }
        if (taken(declared.name)) return complain(Fault::duplicate_name, declared.name.view());
        if (scalar_count == max_scalars) return complain(Fault::capacity, "max_scalars");
        s = scalar_count++;
        scalars[s] = declared;
        argument(true, s);
    }

    /// The set of this index alone.
    constexpr IndexSet index(const Index& declared) {
        int i = find(indices, index_count, declared.name);
        if (i >= 0) {
            const std::int64_t known = indices[i].extent;
            if (known != declared.extent)
                complain(known && declared.extent ? Fault::two_extents : Fault::duplicate_name,
                         declared.name.view());
            return IndexSet(1) << i;
        }
        if (taken(declared.name)) complain(Fault::duplicate_name, declared.name.view());
        if (index_count == max_indices) {
            complain(Fault::capacity, "max_indices");
            return 0;
        }
        i = index_count++;
        indices[i] = declared;
        return IndexSet(1) << i;
    }
    /// Name of the first index of a set that is not empty.
    constexpr std::string_view name_of_first(IndexSet set) const {
        int i = 0;
        while (!(set >> i & 1)) ++i;
        return indices[i].name.view();
    }

    /// After the last statement.
    constexpr void finish() {
        for (int t = 0; t < tensor_count; ++t) {
            if (early_reads_ >> t & 1)
                complain(assigned_[t] ? Fault::read_before_assigned : Fault::never_assigned,
                         tensors[t].name.view());
            // Tensors are numbered by first appearance, which for an output is its assignment.
            if (tensors[t].role == Role::output) argument(false, t);
        }
    }

  private:
    constexpr void count(int& counter, int limit, std::string_view name) {
        if (++counter > limit) complain(Fault::capacity, name);
    }
    constexpr void argument(bool is_scalar, int number) {
        arguments[argument_count++] = {is_scalar, static_cast<std::uint8_t>(number)};
    }
    template <class Named>
    static constexpr int find(const Named* table, int count, const Name& name) {
        for (int n = 0; n < count; ++n)
            if (table[n].name.view() == name.view()) return n;
        return -1;
    }
    constexpr bool taken(const Name& name) const {
        return find(tensors, tensor_count, name) >= 0 || find(scalars, scalar_count, name) >= 0 ||
               find(indices, index_count, name) >= 0;
    }
    constexpr int tensor(const Tensor& declared) {
        const int t = find(tensors, tensor_count, declared.name);
        if (t >= 0) {
            Tensor& known = tensors[t];
            if (known.dtype != declared.dtype || known.rank != declared.rank ||
                (known.role == Role::temporary) != (declared.role == Role::temporary))
                complain(Fault::duplicate_name, declared.name.view());
            // A mention without a rule, such as the assignment of a temporary, leaves it to the others.
            if (known.boundary == Boundary::none) known.boundary = declared.boundary;
            if (declared.boundary != Boundary::none && declared.boundary != known.boundary)
                complain(Fault::two_boundaries, declared.name.view());
            return t;
        }
        if (taken(declared.name)) complain(Fault::duplicate_name, declared.name.view());
        if (tensor_count == max_tensors) {
            complain(Fault::capacity, "max_tensors");
            return 0;
        }
        tensors[tensor_count] = declared;
        return tensor_count++;
    }

    bool assigned_[max_tensors] = {};
    std::uint32_t early_reads_ = 0;  ///< temporaries that were read before an assignment
    int nodes_ = 0, reductions_ = 0, statements_ = 0;
};

}  // namespace sporkle::notation
