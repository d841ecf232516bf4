import '../src/elements/elements.css';
import '../src/features/datasets/datasets.css';
import '../src/features/training/training.css';
import './cell.css';
