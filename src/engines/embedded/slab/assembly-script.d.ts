/** AssemblyScript's names for numbers, for the file that is TypeScript too. */
declare type u32 = number;
declare type i32 = number;
declare type usize = number;
declare type f64 = number;
