import './cell.css';
